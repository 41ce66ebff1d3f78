/** The worth of customers against the reference model, and the place of a valuation among the answers as of a moment. */
import { minorUnitsOf, type ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { defaultWorldLimits, referenceValues, testRuns } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { addSums, type Valuation } from '../../src/core/valuation.ts';
import { advanceEpoch } from '../../src/db/advance-epoch.ts';
import { computeValuation } from '../../src/db/compute-valuation.ts';
import { findAsOfBounds } from '../../src/db/find-as-of.ts';
import { findValuation, readValuationState } from '../../src/db/find-valuation.ts';
import { saveValuation } from '../../src/db/save-valuation.ts';
import { settings, toDelivered } from '../expected-figures.ts';
import { deliveries, firstDay, historyDays, idOf } from '../resolved-histories.ts';
import { purchaseRecord } from '../purchase-record.ts';
import { createFigures, createMetricsDatabase, endEpoch, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

async function apply(figures: FigureContext, records: readonly ResolvedRecord[]): Promise<void> {
  await retryTransaction(database.consumerPool, (client) =>
    applyRecords(client, figures, { partition: 0, records }, new Set()),
  );
}

function valueOn(figures: FigureContext, day: number): Promise<Valuation> {
  const { generation, catalog } = figures;
  return computeValuation(database.pool, generation.id, { activity: catalog.purchase, day });
}

test('classes, shares and scores are those of the reference model by any day, in each currency', async () => {
  let valued = 0;
  await fc.assert(
    fc.asyncProperty(
      deliveries,
      fc.integer({ min: firstDay, max: firstDay + historyDays }),
      async ({ delivered, partitions }, day) => {
        const figures = await createFigures(database.pool);
        for (const records of partitions.flat()) await apply(figures, records);
        const { world, resolved } = toDelivered(delivered);
        const [activity] = settings.activities;
        if (activity === undefined) throw new Error('no such activity');
        const found = await valueOn(figures, day);
        for (const currency of ['EUR', 'USD', 'JPY']) {
          const { journeyMap } = settings;
          const unit = minorUnitsOf(1, currency) ?? Number.NaN;
          const options = { activity, journeyMap, currency, unit, day };
          const expected = referenceValues({ ...world, limits: defaultWorldLimits }, resolved, options);
          valued += expected.length;
          const { classes = [], pareto = [], cells = [] } = found[currency] ?? {};
          expect(
            classes.map((one) => [one.class, one.customers, one.orders, one.revenue + one.refunded]),
          ).toEqual(
            [...Map.groupBy(expected, (one) => one.class)].map(([name, own]) => [
              name,
              own.length,
              own.reduce((sum, { orders }) => sum + orders, 0),
              own.reduce((sum, { net }) => sum + net, 0),
            ]),
          );
          const scores = Map.groupBy(expected, (one) => [one.recency, one.frequency, one.monetary].join(' '));
          expect(
            new Map(
              cells.map((one) => [[one.recency, one.frequency, one.monetary].join(' '), one.customers]),
            ),
          ).toEqual(new Map([...scores].map(([name, own]) => [name, own.length])));
          for (const { percent, customers, net } of pareto) {
            expect(customers).toBe(Math.ceil((expected.length * percent) / 100));
            const first = expected.slice(0, customers);
            expect(net).toBe(first.reduce((sum, one) => sum + Math.max(0, one.net), 0));
          }
        }
      },
    ),
    { numRuns: testRuns(12) },
  );
  expect(valued).toBeGreaterThan(0);
});

test('the customer with whom a share is reached is in the higher class, and ties are broken by id', async () => {
  const figures = await createFigures(database.pool);
  const amounts = [50, 35, 5, 5, 5];
  await apply(
    figures,
    amounts.map((revenue, index) => purchase(index, revenue)),
  );
  const { EUR } = await valueOn(figures, firstDay + 1);
  expect(EUR?.classes.map((one) => [one.class, one.customers, one.revenue, one.smallest])).toEqual([
    ['A', 2, 8_500, 3_500],
    ['B', 2, 1_000, 500],
    ['C', 1, 500, 500],
  ]);
  expect(EUR?.pareto.filter(({ percent }) => percent % 20 === 0).map(({ net }) => net)).toEqual([
    5_000, 8_500, 9_000, 9_500, 10_000,
  ]);
  expect(addSums(EUR?.classes ?? [])).toMatchObject({ customers: 5, orders: 5, revenue: 10_000 });
  expect(await valueOn(figures, firstDay - 1)).toEqual({});
});

test('a valuation is answered from the epoch after it on, for ever, and another one is due when records came', async () => {
  const figures = await createFigures(database.pool);
  const { calendar, generation } = figures;
  await advanceEpoch(database.pool, generation.id, calendar);
  const beginEpoch = async () => {
    await endEpoch(database.pool, figures);
    await advanceEpoch(database.pool, generation.id, calendar);
    return (await findAsOfBounds(database.pool, generation.id))?.latest ?? null;
  };
  const save = async (positions: string) => {
    const valuation = await valueOn(figures, firstDay + 1);
    const place = { generation: generation.id, calendar };
    await saveValuation(database.pool, place, { day: firstDay + 1, positions, valuation });
  };
  const netAsOf = async (asOf: Awaited<ReturnType<typeof beginEpoch>>) => {
    const found = await findValuation(database.pool, generation.id, asOf);
    return found === null ? null : addSums(found.valuation['EUR']?.classes ?? []).revenue;
  };
  expect((await readValuationState(database.pool, generation.id))?.valued).toBeNull();
  const before = await beginEpoch();
  await apply(figures, [purchase(1, 10)]);
  await save('one');
  await apply(figures, [purchase(2, 5)]);
  await save('two');
  expect(await netAsOf(before)).toBeNull();
  const between = await beginEpoch();
  await apply(figures, [purchase(3, 7)]);
  await save('three');
  await save('three, and what changes nothing');
  const after = await beginEpoch();
  expect([await netAsOf(before), await netAsOf(between), await netAsOf(after), await netAsOf(null)]).toEqual([
    null,
    1_500,
    2_200,
    2_200,
  ]);
  expect((await readValuationState(database.pool, generation.id))?.valued).toEqual({
    day: firstDay + 1,
    positions: 'three, and what changes nothing',
  });
});

const purchase = (number: number, revenue: number): ResolvedRecord =>
  purchaseRecord({
    number,
    identifier: idOf('a', number),
    at: firstDay * 86_400_000,
    touchpoint: { properties: { revenue, currency: 'EUR' } },
  });
