/**
 * Saves days of activities that are new or whose count changed, and deletes those that have none any more. The rows are under the locks of
 * the batch, so that one may be deleted by the place at which it was found.
 */
import { allOrCause, booleanArray, integerArray, smallintArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { CountRow } from '../core/working-history.ts';

/** A row is found by its key so, where the planner is free to join an UPDATE in ways that read the whole table. */
const changeOnConflict =
  'on conflict (identifier, is_attached, activity, day, generation) do update set count = excluded.count';

export async function saveActivityDays(
  client: PoolClient,
  generation: number,
  rows: readonly CountRow[],
): Promise<void> {
  const gone = rows.filter(({ count }) => count <= 0);
  const added = rows.filter(({ count, isNew }) => count > 0 && isNew);
  const changed = rows.filter(({ count, isNew }) => count > 0 && !isNew);
  const saving: Promise<unknown>[] = [];
  for (const [name, kept, onConflict] of [
    ['insert-activity-days', added, ''],
    ['change-activity-days', changed, changeOnConflict],
  ] as const) {
    if (kept.length === 0) continue;
    const statement = client.query({
      name,
      text: `insert into metrics.activity_day (generation, identifier, is_attached, activity, day, count)
             select $1, * from unnest($2::uuid[], $3::boolean[], $4::smallint[], $5::int[], $6::int[])
             ${onConflict}`,
      values: [generation, ...keysOf(kept), integerArray(kept.map(({ count }) => count))],
    });
    saving.push(statement);
  }
  if (gone.length > 0) {
    const statement = client.query({
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
    saving.push(statement);
  }
  await allOrCause(saving);
}

function keysOf(rows: readonly CountRow[]): unknown[] {
  return [
    uuidArray(rows.map(({ identifier }) => identifier)),
    booleanArray(rows.map(({ isAttached }) => isAttached)),
    smallintArray(rows.map(({ activity }) => activity)),
    integerArray(rows.map(({ day }) => day)),
  ];
}
