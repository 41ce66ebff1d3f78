import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FigureContext } from '../../src/consume/apply-records.ts';
import { appendDeltas } from '../../src/db/append-deltas.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { pruneEpochs } from '../../src/db/prune-epochs.ts';
import { readSeries } from '../../src/db/read-series.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
let figures: FigureContext;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

const delta = { series: 0, cause: 'touchpoint', reason: null, days: [10, 20], amounts: [1, -1] } as const;

async function append(client: Parameters<typeof appendDeltas>[0]): Promise<void> {
  const { id: generation, seriesIds } = figures.generation;
  await appendDeltas(client, { generation, partition: 0, seriesIds }, [
    { ...delta, days: [...delta.days], amounts: [...delta.amounts] },
  ]);
}

function fold(maxDeltas = 100): Promise<number> {
  const { id: generation } = figures.generation;
  return foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas });
}

async function read(): Promise<[number, number][]> {
  const rows = await readSeries(database.pool, figures.generation.seriesIds, 1_000);
  return rows.map(({ day, amount }) => [day, amount]);
}

describe('folding', () => {
  test('leaves to a later epoch what was not committed when the epoch was closed', async () => {
    figures = await createFigures(database.pool);
    const [early, late] = [await database.pool.connect(), await database.pool.connect()];
    try {
      // The one that began first commits last.
      await late.query('begin');
      await append(late);
      await append(early);
      expect(await fold()).toBe(1);
      expect(await read()).toEqual([
        [10, 1],
        [20, -1],
      ]);
      await late.query('commit');
      expect(await read()).toEqual([
        [10, 2],
        [20, -2],
      ]);
      expect(await fold()).toBe(1);
    } finally {
      early.release();
      late.release();
    }
    expect(await read()).toEqual([
      [10, 2],
      [20, -2],
    ]);
    const { rows } = await database.pool.query<{ epochs: number; folded: number; ordered: boolean }>(
      `select count(*) as epochs, count(*) filter (where folded) as folded, bool_and(is_later) as ordered
       from (
         select folded, closed_at > coalesce(lag(closed_at) over (order by number), '-infinity') as is_later
         from metrics.epoch where generation = $1) as epoch`,
      [figures.generation.id],
    );
    expect(rows[0]).toEqual({ epochs: 2, folded: 2, ordered: true });
  });

  test('goes in bounded steps, of which two at once do no harm, and readers see one sum all the while', async () => {
    figures = await createFigures(database.pool);
    const client = await database.pool.connect();
    for (let index = 0; index < 40; index++) await append(client);
    client.release();
    let isDone = false;
    const folders = [0, 1].map(async () => {
      for (let idle = 0; idle < 5;) idle = (await fold(3)) === 0 ? idle + 1 : 0;
    });
    const reader = (async () => {
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- set when the folders have ended
      while (!isDone) {
        expect(await read()).toEqual([
          [10, 40],
          [20, -40],
        ]);
      }
    })();
    await Promise.all(folders);
    isDone = true;
    await reader;
    const { rows } = await database.pool.query<{ left: number; changes: number }>(
      `select (select count(*) from metrics.delta where generation = $1) as left,
              (select sum(amount)::bigint from metrics.figure_change where series = any($2) and day = 10) as changes`,
      [figures.generation.id, figures.generation.seriesIds],
    );
    expect(rows[0]).toEqual({ left: 0, changes: 40 });
  });

  test('keeps of a past day the last epoch of each hour', async () => {
    figures = await createFigures(database.pool);
    const { id } = figures.generation;
    await database.pool.query(
      `insert into metrics.epoch (generation, number, closed_at, snapshot, folded)
       select $1, number, timestamptz '2026-01-01 00:00:00Z' + number * interval '20 minutes', pg_current_snapshot(), true
       from generate_series(1, 6) as number`,
      [id],
    );
    await pruneEpochs(database.pool, id);
    const { rows } = await database.pool.query<{ number: number }>(
      'select number from metrics.epoch where generation = $1 order by number',
      [id],
    );
    expect(rows.map(({ number }) => number)).toEqual([2, 5, 6]);
  });
});
