/**
 * Restatements against a reference that knows nothing of deltas, epochs or series: the figures of every day, counted the slow
 * way before and after each batch, subtracted on the days that are closed.
 */
import type { ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { formatDay } from '../../src/core/calendar.ts';
import type { SeriesKey } from '../../src/core/series.ts';
import { advanceEpoch } from '../../src/db/advance-epoch.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import {
  readRestatements,
  type Restatement,
  type RestatementPosition,
} from '../../src/db/read-restatements.ts';
import { verifyFigures } from '../../src/db/verification/verify-figures.ts';
import { comparedDays, expectedFigures } from '../expected-figures.ts';
import { deliveries, firstDay, historyDays } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, endEpoch, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

/** Figures whose days close when the test says so. */
async function createClosing(firstClosed: number) {
  let lastClosed = firstClosed;
  const created = await createFigures(database.pool);
  const figures: FigureContext = {
    ...created,
    calendar: { ...created.calendar, lastClosedDay: () => lastClosed },
  };
  const generation = figures.generation.id;
  await advanceEpoch(database.pool, generation, figures.calendar);
  return {
    figures,
    closed: () => lastClosed,
    async close(day: number) {
      lastClosed = Math.max(lastClosed, day);
      await endEpoch(database.pool, figures);
      expect(await advanceEpoch(database.pool, generation, figures.calendar)).toBe(true);
    },
    async apply(records: readonly ResolvedRecord[]) {
      const remembered = new Set<string>();
      await retryTransaction(database.consumerPool, (client) =>
        applyRecords(client, figures, { partition: 0, records }, remembered),
      );
    },
    fold: (maxDeltas: number) =>
      foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas }),
    async read(key: SeriesKey, range = comparedDays, limit = 100): Promise<Restatement[]> {
      const number = figures.catalog.keys.findIndex(
        (candidate) => JSON.stringify(candidate) === JSON.stringify(key),
      );
      const series = figures.generation.seriesIds[number] ?? -1;
      const found: Restatement[] = [];
      let after: RestatementPosition | null = null;
      do {
        const page = await readRestatements(database.pool, { series, ...range, limit, after });
        expect(page.restatements.length).toBeLessThanOrEqual(limit);
        found.push(...page.restatements);
        after = page.next;
      } while (after !== null);
      return found;
    },
  };
}

/** Value by figure and day, such as `purchase 3 active 20004`, counted by the reference model. */
function countFigures(delivered: readonly ResolvedRecord[]): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of delivered.length === 0 ? [] : expectedFigures(delivered)) {
    const words = line.split(' ');
    if (words[0] === 'stage') {
      const [, day = '', stage, relationship, value] = words;
      values.set(`stage ${stage} ${relationship} ${day}`, Number(value));
    } else if (words[3] === 'active' || words[3] === 'retained') {
      const [activity, window, day = '', figure, value] = words;
      values.set(`${activity} ${window} ${figure} ${day}`, Number(value));
    }
  }
  return values;
}

function nameOf({ figure, dimensions }: SeriesKey): string | null {
  if (figure === 'first') return null;
  if (figure === 'occupancy') return `stage ${dimensions.stage} ${dimensions.relationship}`;
  return `${dimensions.activity} ${dimensions.window} ${figure}`;
}

function sumByDay(restatements: readonly Restatement[], name: string): [string, number][] {
  const sums = new Map<string, number>();
  for (const { from, to, change } of restatements) {
    for (let day = from; day <= to; day++) {
      const cell = `${name} ${formatDay(day)}`;
      sums.set(cell, (sums.get(cell) ?? 0) + change);
    }
  }
  return [...sums].filter(([, change]) => change !== 0);
}

describe('restatements', () => {
  test('of closed days are what the figures changed by since, whatever order records arrive in', async () => {
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async ({ partitions }, steps, pageSize) => {
          const world = await createClosing(firstDay - 3);
          const delivered: ResolvedRecord[] = [];
          const expected = new Map<string, number>();
          let before = countFigures([]);
          for (const [index, records] of partitions.flat().entries()) {
            const step = steps[index % steps.length] ?? 0;
            if (step > 6) await world.close(Math.min(world.closed() + step - 6, firstDay + historyDays + 15));
            if (step % 3 === 0) await world.fold(step + 1);
            await world.apply(records);
            delivered.push(...records);
            const after = countFigures(delivered);
            for (const cell of new Set([...before.keys(), ...after.keys()])) {
              if ((cell.split(' ').at(-1) ?? '') > formatDay(world.closed())) continue;
              const change = (after.get(cell) ?? 0) - (before.get(cell) ?? 0);
              expected.set(cell, (expected.get(cell) ?? 0) + change);
            }
            before = after;
          }
          const found: [string, number][] = [];
          for (const key of world.figures.catalog.keys) {
            const name = nameOf(key);
            if (name !== null) found.push(...sumByDay(await world.read(key, comparedDays, pageSize), name));
          }
          expect(new Map(found)).toEqual(new Map([...expected].filter(([, change]) => change !== 0)));
          const { differences } = await verifyFigures(database.pool, world.figures.generation.id);
          expect(differences).toEqual([]);
        },
      ),
      { numRuns: Number(process.env['THROUGHLINE_TEST_RUNS'] ?? 25) },
    );
  });
});
