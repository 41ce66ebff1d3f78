/** Figures of journeys that are read from histories instead of series, against the reference model. */
import { purchaseActivity, relationships, type ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import {
  countedTouchpoints,
  dateOf,
  referenceChannelCounts,
  referenceFunnel,
  referenceProfileJourneys,
  referenceSales,
  referenceSentiments,
  testRuns,
} from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { countChannels } from '../../src/db/count-channels.ts';
import { findFunnel } from '../../src/db/find-funnel.ts';
import { findJourneyMarks } from '../../src/db/find-profile-journey.ts';
import { findSentiments } from '../../src/db/find-sentiments.ts';
import type { FigureReader } from '../../src/http/figure-reader.ts';
import { readProfileJourney } from '../../src/http/profile-journey.ts';
import { settings, toDelivered } from '../expected-figures.ts';
import { deliveries, firstDay, historyDays, idOf } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

const { journeyMap } = settings;
const runs = testRuns(10);

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

async function applyAll(
  figures: FigureContext,
  partitions: readonly (readonly (readonly ResolvedRecord[])[])[],
): Promise<void> {
  for (const [partition, batches] of partitions.entries()) {
    for (const records of batches) {
      const remembered = new Set<string>();
      await retryTransaction(
        database.consumerPool,
        (client) => applyRecords(client, figures, { partition, records }, remembered),
        { attempts: 5 },
      );
    }
  }
}

const questions = fc.record({
  steps: fc
    .shuffledSubarray(['awareness', 'consideration', 'purchase', 'consumption', 'loyalty'], { minLength: 2 })
    .map((steps) => [...steps]),
  from: fc.integer({ min: 0, max: 20 }),
  length: fc.integer({ min: 0, max: historyDays }),
  window: fc.constantFrom(1, 5, 40),
  relationship: fc.constantFrom(null, ...relationships),
});

describe('figures that are read from histories', () => {
  test('are those of the reference model', async () => {
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(questions, { minLength: 6, maxLength: 6 }),
        async ({ delivered, partitions }, asked) => {
          const figures = await createFigures(database.pool);
          await applyAll(figures, partitions);
          const { world, resolved } = toDelivered(delivered);
          for (const { steps, from: offset, length, window, relationship } of asked) {
            const days = { from: firstDay + offset, to: firstDay + offset + length };
            const dates = { from: dateOf(days.from), to: dateOf(days.to) };
            const purchases =
              relationship === null ? null : (relationships.indexOf(relationship) as 0 | 1 | 2);
            const { pool } = database;
            const { id } = figures.generation;
            const activity = figures.catalog.purchase;
            const funnel = await findFunnel(pool, id, { steps, ...days, window, purchases, activity });
            expect(funnel).toEqual({
              profiles: referenceFunnel(world, resolved, {
                journeyMap,
                steps,
                ...dates,
                window,
                relationship,
              }),
              isTooLong: false,
            });
            expect(await countChannels(pool, id, days)).toEqual({
              ...referenceChannelCounts(world, resolved, { journeyMap, ...dates }),
              isTooLong: false,
            });
          }
        },
      ),
      { numRuns: runs },
    );
  });

  test('as the journey of each profile are those of the reference model, and all revenues those of the sales', async () => {
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.integer({ min: 0, max: historyDays + 12 }),
        async ({ delivered, partitions }, offset) => {
          const figures = await createFigures(database.pool);
          await applyAll(figures, partitions);
          const { world, resolved } = toDelivered(delivered);
          const day = firstDay + offset;
          const { catalog, generation } = figures;
          const reader = { pool: database.pool, generation: generation.id, catalog } as FigureReader;
          const { activities, windows } = settings;
          const options = { journeyMap, activities, windows, day: dateOf(day), window: 10 };
          const expected = referenceProfileJourneys(world, resolved, options);
          const net = new Map<string, number>();
          for (const { profile, ...journey } of expected) {
            const found = await readProfileJourney(reader, { profile, day });
            expect(found).toMatchObject({ ...journey, window: 10 });
            for (const [currency, sums] of Object.entries(found.currencies))
              net.set(currency, (net.get(currency) ?? 0) + sums.net);
          }
          const sold = referenceSales(world, resolved, { activity: purchaseActivity, journeyMap });
          const sums = new Map<string, number>();
          for (const { day: date, measure, currency, amount } of sold) {
            const isAmount = measure === 'revenue' || measure === 'refunded';
            if (!isAmount || currency === '' || date > dateOf(day)) continue;
            sums.set(currency, (sums.get(currency) ?? 0) + amount);
          }
          const withoutZeros = (totals: Map<string, number>) =>
            Object.fromEntries([...totals].filter(([, sum]) => sum !== 0));
          expect(withoutZeros(net)).toEqual(withoutZeros(sums));
        },
      ),
      { numRuns: runs },
    );
  });

  test('as sentiments are those of the reference model', async () => {
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: historyDays }),
        async ({ delivered, partitions }, offset, length) => {
          const figures = await createFigures(database.pool);
          await applyAll(figures, partitions);
          const { world, resolved } = toDelivered(delivered);
          const days = { from: firstDay + offset, to: firstDay + offset + length, timeZone: 'UTC' };
          const dates = { from: dateOf(days.from), to: dateOf(days.to) };
          const today = firstDay + 30;
          const rules = { lapseDays: journeyMap.lapseDays, today };
          const found = await findSentiments(database.pool, figures.generation.id, { ...days, ...rules });
          const expected = referenceSentiments(world, resolved, {
            journeyMap,
            ...dates,
            today: dateOf(today),
          });
          const byPoint = (points: readonly { name: string; channel: string | null }[]) =>
            new Map(points.map((point) => [`${point.name} ${point.channel}`, point]));
          expect(byPoint(found.counts.map(({ mean: _mean, ...rest }) => rest))).toEqual(byPoint(expected));
        },
      ),
      { numRuns: runs },
    );
  });

  test('as the touchpoints of a profile are all of them with a stage, page by page, latest first', async () => {
    const figures = await createFigures(database.pool);
    const [{ delivered, partitions } = { delivered: [], partitions: [] }] = fc.sample(
      deliveries.filter((one) => one.delivered.length > 25),
      { numRuns: 1, seed: 5 },
    );
    await applyAll(figures, partitions);
    const { world, resolved } = toDelivered(delivered);
    const day = firstDay + historyDays;
    const staged = countedTouchpoints(world, resolved, journeyMap).filter(({ stage }) => stage !== null);
    for (const [profile, own] of Map.groupBy(staged, (one) => one.profile)) {
      const found: string[] = [];
      let after = null;
      for (;;) {
        const asked = { profile, day };
        const [mark] = await findJourneyMarks(database.pool, figures.generation.id, asked, {
          after,
          limit: 1,
        });
        if (mark === undefined) break;
        found.push(mark.id);
        after = { at: mark.occurredAt.getTime(), source: mark.source, id: mark.id };
      }
      expect(found).toEqual(own.map(({ touchpoint }) => touchpoint.id).toReversed());
    }
    expect(staged.length).toBeGreaterThan(3);
  });

  test('as funnels and stops include the last day of the window, and no later one', async () => {
    const figures = await createFigures(database.pool);
    await applyAll(figures, [
      [[1, 2].flatMap((person) => [recordOn(person, 0), recordOn(person, person + 4)])],
    ]);
    const { pool } = database;
    const { id } = figures.generation;
    const days = { from: firstDay, to: firstDay };
    const steps = ['awareness', 'consideration'];
    const asked = { steps, ...days, purchases: null, activity: figures.catalog.purchase };
    expect((await findFunnel(pool, id, { ...asked, window: 5 })).profiles).toEqual([2, 1]);
    expect((await findFunnel(pool, id, { ...asked, window: 6 })).profiles).toEqual([2, 2]);
    const rules = { timeZone: 'UTC', lapseDays: 5, today: firstDay + 30 };
    const { counts } = await findSentiments(pool, id, { ...days, ...rules });
    expect(counts).toMatchObject([{ touchpoints: 2, decided: 2, stopped: 1 }]);
  });
});

/** A page with a sentiment on the first day, later a look at a product. */
function recordOn(person: number, day: number): ResolvedRecord {
  const identifier = idOf('a', person);
  const at = new Date((firstDay + day) * 86_400_000).toISOString();
  const what = day === 0 ? { type: 'page' as const, sentiment: 0.5 } : { type: 'track' as const };
  return {
    kind: 'touchpoint.resolved',
    touchpoint: {
      key: idOf('d', person * 100 + day),
      id: `${person} ${day}`,
      source: 'web',
      name: day === 0 ? null : 'Product Viewed',
      ...what,
      occurredAt: at,
      receivedAt: at,
      trust: 'server',
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier, version: 0, root: identifier, profile: identifier, identifying: true, type: 'user_id' },
    ],
    transaction: null,
    amends: null,
    requestId: 'request',
  };
}
