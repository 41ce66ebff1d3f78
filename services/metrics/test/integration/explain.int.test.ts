/** The profiles behind each figure against the reference model, which counts every profile by itself. */
import type { ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import {
  dateOf,
  defaultWorldLimits,
  type ReferenceFigures,
  referenceSales,
  referenceShares,
  testRuns,
} from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { growthFigures, growthFiguresOf, type GrowthFigure } from '../../src/core/explained-figure.ts';
import { lapsedStage } from '../../src/core/series.ts';
import { findDecisiveDays } from '../../src/db/find-decisive-days.ts';
import { findGrowthProfiles, type GrowthPosition } from '../../src/db/find-growth-profiles.ts';
import { findSalesProfiles, type SalesPosition } from '../../src/db/find-sales-profiles.ts';
import { findStageOf, findStageProfiles } from '../../src/db/find-stage-profiles.ts';
import { settings, toDelivered } from '../expected-figures.ts';
import { deliveries, firstDay, historyDays } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

async function deliver(partitions: readonly (readonly ResolvedRecord[])[][]): Promise<FigureContext> {
  const figures = await createFigures(database.pool);
  const remembered = new Set<string>();
  for (const records of partitions.flat()) {
    await retryTransaction(database.consumerPool, (client) =>
      applyRecords(client, figures, { partition: 0, records }, remembered),
    );
  }
  return figures;
}

/** All pages. @param readPage of the position after which it begins */
async function readPages<T, P>(
  readPage: (after: P | null) => Promise<{ found: readonly T[]; next: P | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let after: P | null = null;
  do {
    const page: { found: readonly T[]; next: P | null } = await readPage(after);
    all.push(...page.found);
    after = page.next;
  } while (after !== null);
  return all;
}

const asked = fc.record({
  day: fc.integer({ min: firstDay - 1, max: firstDay + historyDays + 12 }),
  window: fc.constantFrom(...settings.windows),
  activity: fc.nat({ max: settings.activities.length - 1 }),
  limit: fc.constantFrom(1, 3, 100),
  maxRows: fc.constantFrom(1, 3, 1_000),
});

describe('the profiles behind a figure', () => {
  test('of growth and of stages are those that the reference model counts, each once, however pages are cut', async () => {
    let listed = 0;
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(asked, { minLength: 4, maxLength: 4 }),
        async ({ delivered, partitions }, questions) => {
          const figures = await deliver(partitions);
          const { world, resolved } = toDelivered(delivered);
          for (const question of questions) {
            const activity = settings.activities[question.activity];
            if (activity === undefined) throw new Error('no such activity');
            const date = dateOf(question.day);
            const shares = referenceShares({ ...world, limits: defaultWorldLimits }, resolved, {
              activity,
              windows: [question.window],
              journeyMap: settings.journeyMap,
              from: date,
              to: date,
            });
            for (const figure of growthFigures) {
              const expected = profilesWith(shares, (share) => (share.growth[0]?.[figure] ?? 0) > 0);
              expect([figure, await growthProfiles(figures, figure, question)]).toEqual([figure, expected]);
              listed += expected.length;
            }
            await expectStages(figures, shares, question);
          }
        },
      ),
      { numRuns: testRuns(8) },
    );
    expect(listed).toBeGreaterThan(0);
  });

  test('of sales sum to the sales of the day, those of unidentified profiles included', async () => {
    let listed = 0;
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ delivered, partitions }) => {
        const figures = await deliver(partitions);
        const { world, resolved } = toDelivered(delivered);
        const [purchase] = settings.activities;
        if (purchase === undefined) throw new Error('no such activity');
        const sums = new Map<string, number>();
        const { journeyMap } = settings;
        for (const { day, measure, currency, amount } of referenceSales(world, resolved, {
          activity: purchase,
          journeyMap,
        })) {
          const name = `${day} ${measure} ${currency}`;
          sums.set(name, (sums.get(name) ?? 0) + amount);
        }
        const found = new Map<string, number>();
        for (let day = firstDay - 1; day <= firstDay + historyDays; day += 1) {
          for (const { currency, sales, refunds, revenue, refunded } of await salesOf(figures, day)) {
            listed += 1;
            for (const [measure, amount] of Object.entries({ sales, refunds, revenue, refunded })) {
              const name = `${dateOf(day)} ${measure} ${currency}`;
              found.set(name, (found.get(name) ?? 0) + amount);
            }
          }
        }
        const kept = ([name, amount]: [string, number]): boolean =>
          amount !== 0 && ['sales', 'refunds', 'revenue', 'refunded'].includes(name.split(' ')[1] ?? '');
        expect(new Map([...found].filter(kept))).toEqual(new Map([...sums].filter(kept)));
      }),
      { numRuns: testRuns(6) },
    );
    expect(listed).toBeGreaterThan(0);
  });
});

interface Question {
  day: number;
  window: number;
  activity: number;
  limit: number;
  maxRows: number;
}

async function growthProfiles(
  figures: FigureContext,
  figure: GrowthFigure,
  { day, window, activity: place, limit, maxRows }: Question,
): Promise<string[]> {
  const { generation, catalog } = figures;
  const activity =
    catalog.activities.find((one) => one.activity === settings.activities[place]?.name)?.id ?? -1;
  const found = await readPages(async (after: GrowthPosition | null) => {
    const question = { figure, activity, window, day, limit, maxRows, after };
    const page = await findGrowthProfiles(database.pool, generation.id, question);
    expect(page.profiles.length).toBeLessThanOrEqual(limit);
    return { found: page.profiles, next: page.next };
  });
  for (const { profile, ...days } of found) {
    const decisive = await findDecisiveDays(database.pool, generation.id, { profile, activity, day, window });
    expect(decisive).toEqual(days);
    expect(growthFiguresOf(days, day, window)).toContain(figure);
  }
  return found.map(({ profile }) => profile).sort();
}

async function expectStages(
  { generation, catalog }: FigureContext,
  shares: ReadonlyMap<string, ReferenceFigures>,
  { day, limit, maxRows }: Question,
): Promise<void> {
  const { purchase, engagement, occupancy } = catalog;
  const rules = { day, purchase, engagement, lapseDays: settings.journeyMap.lapseDays, lapsedStage };
  for (const stage of occupancy.keys()) {
    const found = await readPages(async (after: string | null) => {
      const question = { ...rules, stage, relationship: null, limit, maxRows, after };
      const page = await findStageProfiles(database.pool, generation.id, question);
      return { found: page.profiles, next: page.next };
    });
    const expected = profilesWith(shares, ({ stages }) => stages.some((one) => one.stage === stage));
    expect([stage, found.map(({ profile }) => profile).sort()]).toEqual([stage, expected]);
    for (const one of found) {
      expect(shares.get(one.profile)?.stages).toMatchObject([{ stage, relationship: one.relationship }]);
      expect(await findStageOf(database.pool, generation.id, { ...rules, profile: one.profile })).toEqual(
        one,
      );
    }
  }
}

async function salesOf({ generation, catalog }: FigureContext, day: number) {
  return await readPages(async (after: SalesPosition | null) => {
    const asking = { activity: catalog.purchase, day, limit: 2, after };
    const found = await findSalesProfiles(database.pool, generation.id, asking);
    return { found, next: found.length < 2 ? null : (found.at(-1) ?? null) };
  });
}

function profilesWith(
  shares: ReadonlyMap<string, ReferenceFigures>,
  isBehind: (share: ReferenceFigures) => boolean,
): string[] {
  return [...shares].flatMap(([profile, share]) => (isBehind(share) ? [profile] : [])).sort();
}
