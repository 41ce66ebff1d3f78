import type { ResolvedRecord } from '@throughline/contracts';
import { inTransaction } from '@throughline/postgres';
import { dateOf, referenceCohortRevenue, referenceCohorts } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import type { AsOf } from '../../src/core/as-of.ts';
import type { CohortMode } from '../../src/core/cohort-definition.ts';
import { bracketsOf, type Bracket, type Cohort, type CohortQuestion } from '../../src/core/cohort-report.ts';
import { periods, type Period } from '../../src/core/period.ts';
import { advanceEpoch } from '../../src/db/advance-epoch.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { readRevenueMatrix } from '../../src/http/cohort-revenue.ts';
import { readCohortMatrix } from '../../src/http/cohort-matrix.ts';
import { comparedDays, expectedFigures, settings, toDelivered } from '../expected-figures.ts';
import { deliveries } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, endEpoch, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

interface Shape {
  place: number;
  mode: CohortMode;
  period: Period;
  brackets: Bracket[] | null;
  unbounded: boolean;
}

const shapes: Shape[] = settings.cohorts.pairs.flatMap(({ modes }, place) =>
  modes.flatMap((mode) =>
    periods.flatMap((period): Shape[] => {
      const cap = settings.cohorts.caps[period];
      const shape = { place, mode, period };
      return [
        { ...shape, brackets: null, unbounded: false },
        { ...shape, brackets: null, unbounded: true },
        {
          ...shape,
          brackets: [
            { from: 1, to: cap },
            { from: cap, to: null },
          ],
          unbounded: false,
        },
      ];
    }),
  ),
);

async function apply(figures: FigureContext, records: readonly ResolvedRecord[]): Promise<void> {
  await inTransaction(database.consumerPool, (client) =>
    applyRecords(client, figures, { partition: 0, records }, new Set()),
  );
}

function questionOf(
  { catalog }: FigureContext,
  { place, mode, period, brackets, unbounded }: Shape,
): CohortQuestion {
  const found = catalog.cohorts[place]?.periods.find(({ numbers }) => numbers.period === period);
  if (found === undefined) throw new Error('no such cohorts');
  const { numbers, cap } = found;
  const [first, last] = [numbers.numberOf(comparedDays.from), numbers.numberOf(comparedDays.to)];
  return { numbers, cap, mode, first, last, brackets, unbounded, today: comparedDays.to + 1_000 };
}

async function readMatrix(figures: FigureContext, shape: Shape, asOf: AsOf | null = null): Promise<Cohort[]> {
  const { generation, catalog } = figures;
  const pair = settings.cohorts.pairs[shape.place];
  const series = catalog.cohorts[shape.place];
  if (pair === undefined || series === undefined) throw new Error('no such pair');
  const reader = {
    pool: database.pool,
    catalog,
    seriesIds: generation.seriesIds,
  };
  return await readCohortMatrix(reader, { ...shape, ...pair, series }, questionOf(figures, shape), asOf);
}

function expectedMatrix(figures: FigureContext, delivered: readonly ResolvedRecord[], shape: Shape) {
  const { world, resolved } = toDelivered(delivered);
  const question = questionOf(figures, shape);
  const find = (name: string | undefined) => {
    const activity = settings.activities.find((one) => one.name === name);
    if (activity === undefined) throw new Error('no such activity');
    return activity;
  };
  const pair = settings.cohorts.pairs[shape.place];
  const { mode, period } = shape;
  // Recurring cohorts end with the last bucket.
  const end = mode === 'first' ? null : question.cap;
  return referenceCohorts(world, resolved, {
    startActivity: find(pair?.startActivity),
    activity: find(pair?.activity),
    journeyMap: settings.journeyMap,
    weekStart: settings.weekStart,
    period,
    mode,
    ranges: bracketsOf(question).map(({ from, to }) => ({ from, to: to ?? end })),
    from: dateOf(comparedDays.from),
    to: dateOf(comparedDays.to),
  }).map(({ cohort, size, returned }) => ({ cohort, values: [size, ...returned] }));
}

const toDates = (cohorts: readonly Cohort[]) =>
  cohorts.map(({ start, values }) => ({ cohort: dateOf(start), values }));

/** A cohort of which some came back. */
const returns = /^cohort .*: .*[1-9]/;
const histories = fc.sample(
  deliveries.filter(
    ({ delivered }) => expectedFigures(delivered).filter((line) => returns.test(line)).length > 4,
  ),
  { numRuns: 3, seed: 11 },
);

/** @returns how many values after the first there were */
async function compareRevenue(delivered: readonly ResolvedRecord[]): Promise<number> {
  const figures = await createFigures(database.pool);
  await apply(figures, delivered);
  const { world, resolved } = toDelivered(delivered);
  let spent = 0;
  for (const shape of shapes.filter(({ place }) => settings.cohorts.pairs[place]?.activity === 'purchase')) {
    const question = questionOf(figures, shape);
    const series = figures.catalog.cohorts[shape.place];
    const pair = settings.cohorts.pairs[shape.place];
    if (series === undefined || pair === undefined) throw new Error('no such pair');
    const customers = await readMatrix(figures, shape);
    for (const currency of ['EUR', 'JPY']) {
      const reader = { pool: database.pool, generation: figures.generation.id, catalog: figures.catalog };
      const matrix = await readRevenueMatrix(reader, { ...shape, series }, { question, currency, customers });
      const { mode, period } = shape;
      const end = mode === 'first' ? null : question.cap;
      const expected = referenceCohortRevenue(world, resolved, {
        startActivity:
          settings.activities.find(({ name }) => name === pair.startActivity) ?? settings.activities[0]!,
        journeyMap: settings.journeyMap,
        weekStart: settings.weekStart,
        period,
        mode,
        currency,
        ranges: [
          { from: 0, to: 0 },
          ...bracketsOf(question).map(({ from, to }) => ({ from, to: to ?? end })),
        ],
        from: dateOf(comparedDays.from),
        to: dateOf(comparedDays.to),
      });
      expect([shape, currency, toDates(matrix)]).toEqual([
        shape,
        currency,
        expected.map(({ cohort, net }) => ({ cohort, values: net })),
      ]);
      expect(matrix.map(({ size }) => size)).toEqual(customers.map(({ size }) => size));
      spent += matrix.flatMap(({ values }) => values.slice(1)).filter((value) => value !== 0).length;
    }
  }
  return spent;
}

describe('a matrix of cohorts', () => {
  test.each(histories)('is that of the reference model in every mode and shape', async ({ delivered }) => {
    const figures = await createFigures(database.pool);
    const half = Math.ceil(delivered.length / 2);
    await apply(figures, delivered.slice(0, half));
    while (
      (await foldDeltas(database.pool, {
        generation: figures.generation.id,
        minDeltas: 1,
        maxAgeMs: 0,
        maxDeltas: 1_000,
      })) > 0
    );
    // Of these nothing is folded yet.
    await apply(figures, delivered.slice(half));
    let returned = 0;
    for (const shape of shapes) {
      const cohorts = toDates(await readMatrix(figures, shape));
      expect([shape, cohorts]).toEqual([shape, expectedMatrix(figures, delivered, shape)]);
      returned += cohorts.flatMap(({ values }) => values.slice(1)).filter((value) => value > 0).length;
    }
    expect(returned).toBeGreaterThan(0);
  });

  test('by revenue is that of the reference model in every mode and shape', async () => {
    let spent = 0;
    for (const { delivered } of histories) spent += await compareRevenue(delivered);
    expect(spent).toBeGreaterThan(0);
  });

  test.each(histories)('as of a moment stays as it stood', async ({ delivered }) => {
    const figures = await createFigures(database.pool);
    const { id } = figures.generation;
    const half = Math.ceil(delivered.length / 2);
    await apply(figures, delivered.slice(0, half));
    await endEpoch(database.pool, figures);
    await advanceEpoch(database.pool, id, figures.calendar);
    await apply(figures, delivered.slice(half));
    const { rows } = await database.pool.query<{ epoch: number; closedThrough: number }>(
      `select number as epoch, closed_through as "closedThrough" from metrics.epoch
       where generation = $1 order by number desc limit 1`,
      [id],
    );
    const { epoch = 0, closedThrough = 0 } = rows[0] ?? {};
    const asOf = { generation: id, epoch, closedThrough, beganAt: 0, processedThrough: null };
    const before = delivered.slice(0, half);
    for (let round = 0; round < 2; round += 1) {
      for (const shape of shapes) {
        const cohorts = toDates(await readMatrix(figures, shape, asOf));
        expect([shape, cohorts]).toEqual([shape, expectedMatrix(figures, before, shape)]);
      }
      while (
        (await foldDeltas(database.pool, { generation: id, minDeltas: 1, maxAgeMs: 0, maxDeltas: 1_000 })) > 0
      );
    }
  });
});
