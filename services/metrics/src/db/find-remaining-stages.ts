/** The latest stage-bearing fact of a day among the facts of an identifier, or of those that hang from it. */
import type { PoolClient } from 'pg';
import type { StageMark } from '../core/history.ts';
import type { StageLookup } from '../core/remaining-stages.ts';
import { plainArray } from '@throughline/postgres';

type Row = StageLookup & Omit<StageMark, 'at'> & { at: Date };

export async function findRemainingStages(
  client: PoolClient,
  generation: number,
  lookups: readonly StageLookup[],
): Promise<(StageLookup & { mark: StageMark })[]> {
  const { rows } = await client.query<Row>({
    // Each step is a lateral one with a limit or an offset, which the planner may not turn around: it goes by the indexes
    // from what is asked to the identifiers, and from these to their facts of the day.
    text: `select distinct on (asked.kind, asked.identifier, asked.day)
             asked.kind as of, asked.identifier, asked.day, latest.stage, latest.occurred_at as at, latest.source,
             latest.touchpoint_id as id
           from unnest($2::text[], $3::uuid[], $4::int[]) as asked (kind, identifier, day)
           cross join lateral (
             select asked.identifier as id where asked.kind = 'own'
             union all
             (select hung.id from metrics.identifier as hung
              where asked.kind = 'hung' and hung.root = asked.identifier and hung.generation = $1
                and hung.root <> hung.id
              offset 0)) as member
           cross join lateral (
             select fact.stage, fact.occurred_at, fact.source, fact.touchpoint_id
             from metrics.fact as fact
             where fact.identifier = member.id and fact.day = asked.day and fact.generation = $1
               and fact.stage is not null
             order by fact.occurred_at desc, fact.source collate "C" desc, fact.touchpoint_id collate "C" desc
             limit 1) as latest
           order by asked.kind, asked.identifier, asked.day, latest.occurred_at desc, latest.source collate "C" desc,
             latest.touchpoint_id collate "C" desc`,
    values: [
      generation,
      plainArray(lookups.map((lookup) => lookup.of)),
      plainArray(lookups.map((lookup) => lookup.identifier)),
      plainArray(lookups.map((lookup) => lookup.day)),
    ],
  });
  return rows.map(({ of, identifier, day, stage, at, source, id }) => ({
    of,
    identifier,
    day,
    mark: { stage, at: at.getTime(), source, id },
  }));
}
