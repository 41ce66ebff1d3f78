/** What other rules call identifiers: ids are made of normal forms, so that rules which normalize otherwise make others. */
import type { PoolClient } from 'pg';
import type { IdentifierType } from '@throughline/contracts';
import type { NamingRules } from '../../core/rules.ts';
import { findIdentifiers } from '../../db/find-identifiers.ts';
import type { IdentifierIds } from '../../identifier-id.ts';

export type RenameIds = (ids: readonly string[]) => Promise<Map<string, string>>;

export interface CalledIdentifier {
  id: string;
  type: IdentifierType;
  value: string;
  blocked: boolean;
}

interface Naming {
  ids: IdentifierIds;
  rules: NamingRules;
}

/** What they are called, by their ids until now. One whose value an erasure has taken keeps its id. */
export async function calledBy(
  client: PoolClient,
  naming: Naming,
  ids: readonly string[],
): Promise<Map<string, CalledIdentifier>> {
  const { rules } = naming;
  const found = await findIdentifiers(client, ids);
  return new Map(
    [...found.values()].map(({ id, type, value, blocked }) => {
      if (value === '') return [id, { id, type, value, blocked }] as const;
      const normal = rules.normalize(type, value);
      const isBlocked = rules.isBlocked(normal.type, normal.value);
      return [
        id,
        { id: naming.ids.keyedId(normal.type, normal.value), ...normal, blocked: isBlocked },
      ] as const;
    }),
  );
}

/** Of these, those that are called otherwise. */
export async function renamedIds(
  client: PoolClient,
  naming: Naming,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const called = await calledBy(client, naming, ids);
  return new Map([...called].flatMap(([id, other]) => (other.id === id ? [] : [[id, other.id] as const])));
}

/** Two of a side may become one. */
export function renameSides(
  sides: readonly (readonly string[])[],
  renamed: ReadonlyMap<string, string>,
): string[][] {
  return sides.map((side) => [...new Set(side.map((id) => renamed.get(id) ?? id))]);
}
