/** Saves the latest stage marks of identifiers by day, and the roots under which they count. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { MarkRow } from '../core/working-history.ts';

/** @param rootOf the root of an identifier from now on */
export async function saveStageDays(
  client: PoolClient,
  generation: number,
  rows: readonly MarkRow[],
  rootOf: (identifier: string) => string,
): Promise<void> {
  const kept = rows.flatMap(({ identifier, day, mark }) =>
    mark === null ? [] : [{ identifier, day, mark }],
  );
  const gone = rows.filter(({ mark }) => mark === null);
  if (kept.length > 0) {
    await client.query({
      name: 'save-stage-days',
      text: `insert into metrics.stage_day
               (generation, identifier, root, day, stage, occurred_at, source, touchpoint_id)
             select $1, * from unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::timestamptz[], $7::text[],
                                      $8::text[])
             on conflict (identifier, day, generation) do update
             set root = excluded.root, stage = excluded.stage, occurred_at = excluded.occurred_at,
                 source = excluded.source, touchpoint_id = excluded.touchpoint_id`,
      values: [
        generation,
        plainArray(kept.map(({ identifier }) => identifier)),
        plainArray(kept.map(({ identifier }) => rootOf(identifier))),
        plainArray(kept.map(({ day }) => day)),
        kept.map(({ mark }) => mark.stage),
        plainArray(kept.map(({ mark }) => `"${new Date(mark.at).toISOString()}"`)),
        kept.map(({ mark }) => mark.source),
        kept.map(({ mark }) => mark.id),
      ],
    });
  }
  if (gone.length > 0) {
    await client.query({
      text: `delete from metrics.stage_day
             where ctid = any(array(
               select held.ctid
               from unnest($2::uuid[], $3::int[]) as gone (identifier, day)
               cross join lateral (
                 select ctid from metrics.stage_day
                 where identifier = gone.identifier and day = gone.day and generation = $1
                 offset 0) as held))`,
      values: [
        generation,
        plainArray(gone.map(({ identifier }) => identifier)),
        plainArray(gone.map(({ day }) => day)),
      ],
    });
  }
}

/** Moves the marks of identifiers to other roots: as many rows as they have days. */
export async function moveStageDays(
  client: PoolClient,
  generation: number,
  moved: ReadonlyMap<string, string>,
): Promise<void> {
  await client.query({
    text: `insert into metrics.stage_day
             (generation, identifier, root, day, stage, occurred_at, source, touchpoint_id)
           select $1, moved.identifier, moved.root, held.day, held.stage, held.occurred_at, held.source,
                  held.touchpoint_id
           from unnest($2::uuid[], $3::uuid[]) as moved (identifier, root)
           cross join lateral (
             select * from metrics.stage_day
             where stage_day.identifier = moved.identifier and generation = $1 and stage_day.root <> moved.root
             offset 0) as held
           on conflict (identifier, day, generation) do update set root = excluded.root`,
    values: [generation, plainArray([...moved.keys()]), plainArray([...moved.values()])],
  });
}
