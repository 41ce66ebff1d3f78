/** One resolution of a version of the rules that is in work, into its own tables. */
import type { PoolClient } from 'pg';
import { resolve, type ResolutionInput } from '../../core/resolve.ts';
import { insertDraftTouchpoints } from '../../db/rules/draft-touchpoints.ts';
import type { StoredRuleset } from '../../db/rules/rulesets.ts';
import { withTableSet } from '../../db/rules/set-of-tables.ts';
import { saveTraits } from '../../db/save-traits.ts';
import { saveWithdrawnPairs } from '../../db/save-withdrawn-pairs.ts';
import { clockMicroseconds } from '../clock.ts';
import type { DecodedTouchpoint } from '../decode-touchpoint.ts';
import { GraphReader } from '../graph-reader.ts';
import type { IdentityContext } from '../identity-context.ts';
import { keysOfWithdrawn, traitSources } from '../resolve-batch.ts';
import { saveResolution } from '../save-resolution.ts';
import { lastTraits } from '../trait-writes.ts';

export interface EvaluationWork {
  context: IdentityContext;
  /** Of the version in work. */
  draft: IdentityContext;
  client: PoolClient;
  ruleset: StoredRuleset;
  /** It calls some identifiers otherwise than the rules in force. */
  renames: boolean;
}

export async function evaluateInput(
  { draft, client, renames }: Pick<EvaluationWork, 'draft' | 'client' | 'renames'>,
  fresh: readonly DecodedTouchpoint[],
  over: Partial<ResolutionInput> = {},
  values: readonly { id: string; value: string }[] = fresh.flatMap((one) => one.values),
): Promise<void> {
  const beside = withTableSet(client, 'draft');
  const touchpoints = fresh.map(({ incoming }) => incoming);
  const input = { clock: clockMicroseconds(), touchpoints, stored: [], revisit: [], ...over };
  const reader = new GraphReader(beside, new Set());
  const { limits } = draft.rules.current;
  const resolution = await reader.run(resolve(input, limits));
  const named = touchpoints.map(({ key, identifiers }) => ({
    key,
    identifiers: identifiers.map(({ id }) => id),
  }));
  await insertDraftTouchpoints(client, resolution.assignments, renames ? named : null);
  const primaryOf = new Map(resolution.assignments.map(({ key, primary }) => [key, primary]));
  await saveTraits(beside, lastTraits(draft.ids, traitSources(fresh, primaryOf)));
  await saveResolution(beside, resolution, {
    outbox: draft.outbox,
    limits,
    stream: { shard: 'draft', partitions: draft.resolvedPartitions, traffic: 'bulk' },
    valueOf: new Map(values.map(({ id, value }) => [id, value])),
    reason: 'rules',
    origin: null,
    touchpointRecords: [],
  });
  await saveWithdrawnPairs(beside, keysOfWithdrawn(fresh));
}
