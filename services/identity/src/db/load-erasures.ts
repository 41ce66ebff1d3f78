/** The erasures that concern touchpoints which name any of these identifiers, and who is kept out. */
import type { Trust } from '@throughline/contracts';
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Erasure } from '../core/erasure.ts';
import type { Suppression } from '../core/suppression.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export interface LoadedErasures {
  /** Of their extents, and of what was shared then, those of the identifiers. */
  erasures: Erasure[];
  suppressions: Suppression[];
}

/** Null when there are none, as for nearly every batch. */
export async function loadErasures(
  client: PoolClient,
  identifiers: readonly string[],
): Promise<LoadedErasures | null> {
  const { rows } = await client.query<{
    identifier: string;
    erasure: string;
    at: string;
    rules: number;
    suppresses: boolean;
    ended_at: string | null;
  }>({
    name: 'load-erasures',
    text: `select i.identifier, i.erasure, e.at, e.ruleset as rules, e.suppresses, e.suppression_ended_at as ended_at
           from identity.erasure_identifier i join identity.erasure e on e.id = i.erasure
           where i.identifier = any($1::uuid[]) and i.in_extent`,
    values: [uuidArray(identifiers)],
    types: isoTimestamps,
  });
  if (rows.length === 0) return null;
  const byErasure = Map.groupBy(rows, ({ erasure }) => erasure);
  const shared = await client.query<{ erasure: string; identifier: string; trust: Trust }>({
    name: 'load-erasures-shared',
    text: `select erasure, identifier, trust from identity.erasure_shared
           where erasure = any($1::uuid[]) and identifier = any($2::uuid[])`,
    values: [uuidArray([...byErasure.keys()]), uuidArray(identifiers)],
  });
  const sharedOf = Map.groupBy(shared.rows, ({ erasure }) => erasure);
  const isShared = (erasure: string, identifier: string): boolean =>
    (sharedOf.get(erasure) ?? []).some((one) => one.identifier === identifier);
  return {
    erasures: [...byErasure].map(([id, named]) => ({
      at: named[0]?.at ?? '',
      rules: named[0]?.rules ?? 0,
      extent: new Set(named.map(({ identifier }) => identifier)),
      sharedThen: new Map((sharedOf.get(id) ?? []).map(({ identifier, trust }) => [identifier, trust])),
    })),
    suppressions: rows.flatMap(({ identifier, erasure, at, rules, suppresses, ended_at: until }) =>
      suppresses && !isShared(erasure, identifier) ? [{ identifier, rules, since: at, until }] : [],
    ),
  };
}
