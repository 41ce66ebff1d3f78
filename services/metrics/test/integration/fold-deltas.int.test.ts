import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FigureContext } from '../../src/consume/apply-records.ts';
import type { Delta } from '../../src/core/delta.ts';
import { advanceEpoch } from '../../src/db/advance-epoch.ts';
import { appendDeltas } from '../../src/db/append-deltas.ts';
import { enterEpoch } from '../../src/db/enter-epoch.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { readSeries } from '../../src/db/read-series.ts';
import { createFigures, createMetricsDatabase, endEpoch, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
let figures: FigureContext;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

async function append(client: PoolClient, cells: Partial<Delta> = {}): Promise<void> {
  const { id: generation, seriesIds } = figures.generation;
  const series = (number: number) => seriesIds[number] ?? -1;
  const { number: epoch } = await enterEpoch(client, generation, figures.calendar);
  await appendDeltas(client, { generation, partition: 0, series, epoch }, [
    { series: 0, cause: 'touchpoint', reason: null, days: [10, 20], cells: null, amounts: [1, -1], ...cells },
  ]);
}

function fold(maxDeltas = 100): Promise<number> {
  const { id: generation } = figures.generation;
  return foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas });
}

function advance(): Promise<boolean> {
  return advanceEpoch(database.pool, figures.generation.id, figures.calendar);
}

async function read(): Promise<[number, number][]> {
  const rows = await readSeries(database.pool, figures.generation.seriesIds, { from: 0, to: 1_000 });
  return rows.map(({ day, amount }) => [day, amount]);
}

async function readEpochs(): Promise<number[]> {
  const { rows } = await database.pool.query<{ number: number }>(
    'select number from metrics.epoch where generation = $1 order by number',
    [figures.generation.id],
  );
  return rows.map(({ number }) => number);
}

describe('an epoch', () => {
  test('does not begin before every transaction of the last one has ended', async () => {
    figures = await createFigures(database.pool);
    await advance();
    const [early, late] = [await database.consumerPool.connect(), await database.consumerPool.connect()];
    try {
      await late.query('begin');
      await append(late);
      await endEpoch(database.pool, figures);
      expect(await advance()).toBe(false);
      expect(await readEpochs()).toEqual([1]);
      await late.query('commit');
      expect(await advance()).toBe(true);
      await append(early);
    } finally {
      early.release();
      late.release();
    }
    expect(await readEpochs()).toEqual([1, 2]);
    const { rows } = await database.pool.query<{ epoch: number }>(
      'select epoch from metrics.delta where generation = $1 order by id',
      [figures.generation.id],
    );
    expect(rows.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test('that is over takes the changes of a batch while another batch is still in it', async () => {
    figures = await createFigures(database.pool);
    await advance();
    const [slow, quick] = [await database.consumerPool.connect(), await database.consumerPool.connect()];
    try {
      await slow.query('begin');
      await append(slow);
      await endEpoch(database.pool, figures);
      await append(quick);
      await slow.query('commit');
      await append(quick);
    } finally {
      slow.release();
      quick.release();
    }
    const { rows } = await database.pool.query<{ epoch: number }>(
      'select epoch from metrics.delta where generation = $1 order by id',
      [figures.generation.id],
    );
    expect(rows.map(({ epoch }) => epoch)).toEqual([1, 1, 2]);
  });

  test('is begun by a batch where nothing else has begun it', async () => {
    figures = await createFigures(database.pool);
    const client = await database.consumerPool.connect();
    await append(client);
    await endEpoch(database.pool, figures);
    await append(client);
    client.release();
    expect(await readEpochs()).toEqual([1, 2]);
  });

  test('begins after the one before it, also when the clock was set back', async () => {
    figures = await createFigures(database.pool);
    await database.pool.query(
      `insert into metrics.epoch (generation, number, began_at, ends_at, quarter, closed_through)
       values ($1, 1, now() + interval '1 hour', now() - interval '1 second', now(), $2)`,
      [figures.generation.id, figures.calendar.lastClosedDay(Date.now())],
    );
    await advance();
    const { rows } = await database.pool.query<{ later: boolean }>(
      `select max(began_at) filter (where number = 2) > max(began_at) filter (where number = 1) as later
       from metrics.epoch where generation = $1`,
      [figures.generation.id],
    );
    expect(rows).toEqual([{ later: true }]);
  });
});

describe('folding', () => {
  test('is done in bounded steps, of which two at once do no harm, and readers see one sum throughout', async () => {
    figures = await createFigures(database.pool);
    const client = await database.consumerPool.connect();
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

  test('puts cells of cohorts into rows of arrays, which take in what follows until an epoch ends or they are full', async () => {
    figures = await createFigures(database.pool);
    await advance();
    const client = await database.consumerPool.connect();
    const { seriesIds } = figures.generation;
    const rows = async () =>
      (
        await database.pool.query<object>(
          `select block, epoch, size, days, cells, amounts from metrics.figure_cohort where series = $1 order by id`,
          [seriesIds[0]],
        )
      ).rows;
    const foldAll = async () => {
      while ((await fold(1)) > 0);
    };
    await append(client, { days: [-1, 64, 64], cells: [1, 1, 2], amounts: [1, 2, 3] });
    await append(client, { days: [64, 64], cells: [2, 3], amounts: [-3, 5] });
    await foldAll();
    expect(await rows()).toEqual([
      { block: -1, epoch: 1, size: 1, days: [-1], cells: [1], amounts: [1] },
      { block: 1, epoch: 1, size: 2, days: [64, 64], cells: [1, 3], amounts: [2, 5] },
    ]);
    await endEpoch(database.pool, figures);
    const many = Array.from({ length: 2_048 }, (_value, index) => index + 1);
    await append(client, { days: many.map(() => 64), cells: many, amounts: many.map(() => 1) });
    await append(client, { days: [64], cells: [3], amounts: [1] });
    client.release();
    await foldAll();
    expect((await rows()).slice(2)).toMatchObject([
      { block: 1, epoch: 2, size: 2_048 },
      { block: 1, epoch: 2, size: 1, cells: [3] },
    ]);
  });

  test('keeps amounts past 32 bits, as minor units of money are', async () => {
    figures = await createFigures(database.pool);
    const client = await database.consumerPool.connect();
    for (let index = 0; index < 2; index++) await append(client, { amounts: [4_000_000_000_000, -1] });
    client.release();
    const unfolded = await read();
    while ((await fold()) > 0);
    expect(unfolded).toEqual([
      [10, 8_000_000_000_000],
      [20, -2],
    ]);
    expect(await read()).toEqual(unfolded);
  });

  test('sums what changed before the first day that is read on that day', async () => {
    figures = await createFigures(database.pool);
    const client = await database.consumerPool.connect();
    const { seriesIds } = figures.generation;
    const expected = [
      { series: seriesIds[0], day: 5_210, amount: 24 },
      { series: seriesIds[0], day: 5_215, amount: -1 },
    ];
    // Before year 1 of the calendar and around the ends of blocks of 512 days.
    const days = [-700_000, -1, 0, 511, 512, 5_119, 5_120, 5_209, 5_215, 5_220, 6_000];
    await append(client, { days, amounts: [5, 2, 3, 1, 4, 2, 1, 6, -1, 9, 8] });
    client.release();
    const readAll = () => readSeries(database.pool, seriesIds, { from: 5_210, to: 5_219 });
    expect(await readAll()).toEqual(expected);
    while ((await fold()) > 0);
    expect(await readAll()).toEqual(expected);
  });
});
