/** Figures of journeys that are read from histories instead of series, against the reference model. */
import { relationships, type ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { dateOf, referenceChannelCounts, referenceFunnel } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { countChannels } from '../../src/db/count-channels.ts';
import { findFunnel } from '../../src/db/find-funnel.ts';
import { settings, toDelivered } from '../expected-figures.ts';
import { deliveries, firstDay, historyDays } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

const { journeyMap } = settings;
const runs = Number(process.env['THROUGHLINE_TEST_RUNS'] ?? 25);

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
  }, 120_000);
});
