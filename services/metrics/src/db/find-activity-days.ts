/** Days of activities around what is asked for. Three ranges of the primary key for each, two of them a few rows long. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { HistoryNeed } from '../core/loaded-history.ts';
import { dayBound } from './day-bound.ts';
import { ofGeneration } from './of-generation.ts';

export interface ActivityDay {
  /** Of the need, from 1. */
  place: number;
  day: number;
  count: number;
}

export async function findActivityDays(
  client: PoolClient,
  generation: number,
  needs: readonly HistoryNeed[],
  neighbours: number,
): Promise<ActivityDay[]> {
  const rowsWhere = (condition: string) =>
    `select day, count from metrics.activity_day
     where identifier = asked.identifier and is_attached = asked.is_attached and activity = asked.activity
       and ${ofGeneration} and ${condition}`;
  const { rows } = await client.query<ActivityDay>({
    name: 'find-activity-days',
    text: `select place::int, found.day, found.count
           from unnest($2::uuid[], $3::boolean[], $4::smallint[], $5::int[], $6::int[]) with ordinality
             as asked (identifier, is_attached, activity, first_day, last_day, place)
           cross join lateral (
             (${rowsWhere('day < asked.first_day')} order by day desc limit $7)
             union all
             (${rowsWhere('day between asked.first_day and asked.last_day')})
             union all
             (${rowsWhere('day > asked.last_day')} order by day limit $7)) as found`,
    values: [
      generation,
      plainArray(needs.map(({ identifier }) => identifier)),
      plainArray(needs.map(({ part }) => part === 'attached')),
      plainArray(needs.map(({ activity }) => activity)),
      plainArray(needs.map(({ from }) => dayBound(from))),
      plainArray(needs.map(({ to }) => dayBound(to))),
      neighbours,
    ],
  });
  return rows;
}
