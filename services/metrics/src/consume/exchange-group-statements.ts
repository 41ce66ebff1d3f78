/**
 * Saves what the touchpoints of a batch state about the groups of their profiles, and looks at what decides before and after. It
 * goes before the figures are changed: those need both.
 */
import type { PoolClient } from 'pg';
import type { BatchInput } from '../core/batch-input.ts';
import type { GroupStatements } from '../core/group-values.ts';
import { findGroupStatements } from '../db/find-group-statements.ts';
import { deleteGroupMarks, insertGroupMarks, moveGroupMarks } from '../db/save-group-marks.ts';
import type { LoadedBatch } from './load-state.ts';

/** Null where figures are not grouped. */
export async function exchangeGroupStatements(
  client: PoolClient,
  generation: number,
  { catalog, updates, changes }: BatchInput,
  { identifiers, created }: LoadedBatch,
): Promise<GroupStatements | null> {
  if (catalog.groupings.length === 0) return null;
  const dimensions = catalog.statedDimensions;
  const loaded = [...identifiers.states()].map(({ id }) => id);
  const known = loaded.filter((id) => !created.has(id));
  const roots = new Map(
    updates
      .filter(({ identifier, version }) => version > identifiers.get(identifier).version)
      .map(({ identifier, root }) => [identifier, root]),
  );
  const moved = new Map([...roots].filter(([id, root]) => root !== identifiers.get(id).root));
  const before = await findGroupStatements(client, generation, dimensions, known);
  await deleteGroupMarks(client, generation, changes);
  await moveGroupMarks(client, generation, moved);
  await insertGroupMarks(client, generation, changes, (id) => roots.get(id) ?? identifiers.get(id).root);
  const after = await findGroupStatements(client, generation, dimensions, loaded);
  return { before, after };
}
