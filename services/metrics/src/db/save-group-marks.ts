/** Saves what touchpoints state about the groups of their profiles, and deletes what goes: a row for each statement. */
import {
  booleanArray,
  instantArray,
  plainArray,
  smallintArray,
  textArray,
  uuidArray,
} from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { FactChange } from '../core/fact-effects.ts';
import type { StatedDimension } from '../core/group-dimension.ts';

type Stated = StatedDimension & { identifier: string; receivedAt: number };

/** @param rootOf the root of an identifier from now on */
export async function insertGroupMarks(
  client: PoolClient,
  generation: number,
  changes: readonly FactChange[],
  rootOf: (identifier: string) => string,
): Promise<void> {
  const rows = changes.flatMap(({ fact: { identifier, receivedAt }, statements, erasedBy }): Stated[] =>
    erasedBy === null ? statements.map((statement) => ({ ...statement, identifier, receivedAt })) : [],
  );
  if (rows.length === 0) return;
  await client.query({
    name: 'insert-group-marks',
    text: `insert into metrics.group_mark
             (generation, dimension, identifier, root, by_server, occurred_at, source, touchpoint_id, value)
           select $1, * from unnest($2::smallint[], $3::uuid[], $4::uuid[], $5::boolean[], $6::timestamptz[], $7::text[],
                                    $8::text[], $9::text[])`,
    values: [
      generation,
      smallintArray(rows.map(({ dimension }) => dimension)),
      uuidArray(rows.map(({ identifier }) => identifier)),
      uuidArray(rows.map(({ identifier }) => rootOf(identifier))),
      booleanArray(rows.map(({ byServer }) => byServer)),
      instantArray(rows.map(({ at }) => at)),
      textArray(rows.map(({ source }) => source)),
      textArray(rows.map(({ id }) => id)),
      textArray(rows.map(({ value }) => value)),
    ],
  });
  await noteKnownFrom(client, generation, rows);
}

/** Nothing is written, and no row locked, while earlier ones are known. */
async function noteKnownFrom(client: PoolClient, generation: number, rows: readonly Stated[]): Promise<void> {
  const earliest = new Map<number, number>();
  for (const { dimension, receivedAt } of rows)
    earliest.set(dimension, Math.min(earliest.get(dimension) ?? receivedAt, receivedAt));
  const dimensions = [...earliest].toSorted(([left], [right]) => left - right);
  await client.query({
    name: 'note-known-from',
    text: `insert into metrics.group_dimension (generation, dimension, known_from)
           select $1, dimension, known_from from unnest($2::smallint[], $3::timestamptz[]) as noted (dimension, known_from)
           where not exists (
             select from metrics.group_dimension as held
             where held.generation = $1 and held.dimension = noted.dimension and held.known_from <= noted.known_from)
           on conflict (generation, dimension) do update
             set known_from = least(group_dimension.known_from, excluded.known_from)`,
    values: [
      generation,
      smallintArray(dimensions.map(([dimension]) => dimension)),
      instantArray(dimensions.map(([, knownFrom]) => knownFrom)),
    ],
  });
}

/** Those of facts that left an identifier, whose row is locked. */
export async function deleteGroupMarks(
  client: PoolClient,
  generation: number,
  changes: readonly FactChange[],
): Promise<void> {
  const gone = changes.flatMap(({ movedFrom, statements, fact: { receivedAt } }): Stated[] =>
    movedFrom === null
      ? []
      : statements.map((statement) => ({ ...statement, identifier: movedFrom, receivedAt })),
  );
  if (gone.length === 0) return;
  await client.query({
    text: `delete from metrics.group_mark
           where ctid = any(array(
             select held.ctid
             from unnest($2::uuid[], $3::smallint[], $4::boolean[], $5::timestamptz[], $6::text[], $7::text[])
               as gone (identifier, dimension, by_server, occurred_at, source, touchpoint_id)
             cross join lateral (
               select ctid from metrics.group_mark
               where identifier = gone.identifier and dimension = gone.dimension and by_server = gone.by_server
                 and occurred_at = gone.occurred_at and source = gone.source and touchpoint_id = gone.touchpoint_id
                 and generation = $1
               offset 0) as held))`,
    values: [
      generation,
      uuidArray(gone.map(({ identifier }) => identifier)),
      smallintArray(gone.map(({ dimension }) => dimension)),
      booleanArray(gone.map(({ byServer }) => byServer)),
      instantArray(gone.map(({ at }) => at)),
      textArray(gone.map(({ source }) => source)),
      textArray(gone.map(({ id }) => id)),
    ],
  });
}

/** To other roots. */
export async function moveGroupMarks(
  client: PoolClient,
  generation: number,
  moved: ReadonlyMap<string, string>,
): Promise<void> {
  if (moved.size === 0) return;
  await client.query({
    text: `update metrics.group_mark as held
           set root = moved.root
           from unnest($2::uuid[], $3::uuid[]) as moved (identifier, root)
           where held.identifier = moved.identifier and generation = $1 and held.root <> moved.root`,
    values: [generation, plainArray([...moved.keys()]), plainArray([...moved.values()])],
  });
}
