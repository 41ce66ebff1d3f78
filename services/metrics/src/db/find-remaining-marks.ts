/** The latest stage-bearing fact of an identifier on a day: what takes the place of a mark whose fact moved away. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { MarkLookup } from '../core/loaded-history.ts';
import type { StageMark } from '../core/stage-mark.ts';
import { toStageMark, type StageMarkRow } from './stage-mark-row.ts';

export async function findRemainingMarks(
  client: PoolClient,
  generation: number,
  lookups: readonly MarkLookup[],
): Promise<(MarkLookup & { mark: StageMark })[]> {
  const { rows } = await client.query<MarkLookup & StageMarkRow>({
    text: `select asked.identifier, asked.day, latest.*
           from unnest($2::uuid[], $3::int[]) as asked (identifier, day)
           cross join lateral (
             select stage, occurred_at as at, source, touchpoint_id as id
             from metrics.fact
             where fact.identifier = asked.identifier and fact.day = asked.day and generation = $1
               and stage is not null
             order by occurred_at desc, source collate "C" desc, touchpoint_id collate "C" desc
             limit 1) as latest`,
    values: [
      generation,
      plainArray(lookups.map(({ identifier }) => identifier)),
      plainArray(lookups.map(({ day }) => day)),
    ],
  });
  return rows.map((row) => ({ identifier: row.identifier, day: row.day, mark: toStageMark(row) }));
}
