/** Saves the stage marks that a batch brings and deletes those that it takes away: a row for each stage-bearing fact. */
import { instantArray, integerArray, plainArray, textArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { FactChange } from '../core/fact-effects.ts';
import { figureChannelOf } from '../core/figure-channel.ts';

interface MarkRow {
  identifier: string;
  day: number;
  stage: string;
  fact: FactChange['fact'];
}

/** @param rootOf the root of an identifier from now on */
export async function insertStageMarks(
  client: PoolClient,
  generation: number,
  changes: readonly FactChange[],
  rootOf: (identifier: string) => string,
): Promise<void> {
  const rows = changes.flatMap(({ fact, day, stage, erasedBy }): MarkRow[] =>
    stage === null || erasedBy !== null ? [] : [{ identifier: fact.identifier, day, stage, fact }],
  );
  if (rows.length === 0) return;
  await client.query({
    name: 'insert-stage-marks',
    text: `insert into metrics.stage_mark
             (generation, identifier, root, day, occurred_at, stage, channel, source, touchpoint_id)
           select $1, * from unnest($2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[], $6::text[], $7::text[],
                                    $8::text[], $9::text[])`,
    values: [
      generation,
      uuidArray(rows.map(({ identifier }) => identifier)),
      uuidArray(rows.map(({ identifier }) => rootOf(identifier))),
      integerArray(rows.map(({ day }) => day)),
      instantArray(rows.map(({ fact }) => fact.at)),
      textArray(rows.map(({ stage }) => stage)),
      textArray(rows.map(({ fact }) => figureChannelOf(fact))),
      textArray(rows.map(({ fact }) => fact.source)),
      textArray(rows.map(({ fact }) => fact.id)),
    ],
  });
}

/** Those of facts that left an identifier, whose row is locked: so each may be deleted by the place at which it was found. */
export async function deleteStageMarks(
  client: PoolClient,
  generation: number,
  changes: readonly FactChange[],
): Promise<void> {
  const gone = changes.filter(({ movedFrom, stage }) => movedFrom !== null && stage !== null);
  if (gone.length === 0) return;
  await client.query({
    name: 'delete-stage-marks',
    text: `delete from metrics.stage_mark
           where ctid = any(array(
             select held.ctid
             from unnest($2::uuid[], $3::int[], $4::timestamptz[], $5::text[], $6::text[])
               as gone (identifier, day, occurred_at, source, touchpoint_id)
             cross join lateral (
               select ctid from metrics.stage_mark
               where identifier = gone.identifier and day = gone.day and occurred_at = gone.occurred_at
                 and source = gone.source and touchpoint_id = gone.touchpoint_id and generation = $1
               offset 0) as held))`,
    values: [
      generation,
      plainArray(gone.map(({ movedFrom }) => movedFrom)),
      plainArray(gone.map(({ day }) => day)),
      plainArray(gone.map(({ fact }) => `"${new Date(fact.at).toISOString()}"`)),
      gone.map(({ fact }) => fact.source),
      gone.map(({ fact }) => fact.id),
    ],
  });
}

/** Moves the marks of identifiers to other roots. */
export async function moveStageMarks(
  client: PoolClient,
  generation: number,
  moved: ReadonlyMap<string, string>,
): Promise<void> {
  if (moved.size === 0) return;
  await client.query({
    name: 'move-stage-marks',
    text: `update metrics.stage_mark as held
           set root = moved.root
           from unnest($2::uuid[], $3::uuid[]) as moved (identifier, root)
           where held.identifier = moved.identifier and generation = $1 and held.root <> moved.root`,
    values: [generation, plainArray([...moved.keys()]), plainArray([...moved.values()])],
  });
}
