/**
 * Saves days of activities whose count changed, and deletes those that have none any more. The rows are under the locks of
 * the batch, so that one may be deleted by the place at which it was found.
 */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { CountRow } from '../core/working-history.ts';

export async function saveActivityDays(
  client: PoolClient,
  generation: number,
  rows: readonly CountRow[],
): Promise<void> {
  const kept = rows.filter(({ count }) => count > 0);
  const gone = rows.filter(({ count }) => count <= 0);
  if (kept.length > 0) {
    await client.query({
      name: 'save-activity-days',
      text: `insert into metrics.activity_day (generation, identifier, is_attached, activity, day, count)
             select $1, * from unnest($2::uuid[], $3::boolean[], $4::smallint[], $5::int[], $6::int[])
             on conflict (identifier, is_attached, activity, day, generation) do update set count = excluded.count`,
      values: [generation, ...keysOf(kept), plainArray(kept.map(({ count }) => count))],
    });
  }
  if (gone.length > 0) {
    await client.query({
      text: `delete from metrics.activity_day
             where ctid = any(array(
               select held.ctid
               from unnest($2::uuid[], $3::boolean[], $4::smallint[], $5::int[]) as gone (identifier, is_attached, activity, day)
               cross join lateral (
                 select ctid from metrics.activity_day
                 where identifier = gone.identifier and is_attached = gone.is_attached and activity = gone.activity
                   and day = gone.day and generation = $1
                 offset 0) as held))`,
      values: [generation, ...keysOf(gone)],
    });
  }
}

function keysOf(rows: readonly CountRow[]): unknown[] {
  return [
    plainArray(rows.map(({ identifier }) => identifier)),
    plainArray(rows.map(({ isAttached }) => isAttached)),
    plainArray(rows.map(({ activity }) => activity)),
    plainArray(rows.map(({ day }) => day)),
  ];
}
