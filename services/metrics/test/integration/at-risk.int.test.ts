/** Profiles at risk against the reference model, page by page. */
import type { TouchpointResolved } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { referenceAtRisk, testRuns } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { atRiskDays } from '../../src/core/at-risk-days.ts';
import {
  findAtRisk,
  type AtRiskPosition,
  type AtRiskProfile,
  type AtRiskQuestion,
} from '../../src/db/find-at-risk.ts';
import { settings, toDelivered } from '../expected-figures.ts';
import { deliveries, firstDay, historyDays, idOf } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

async function readAll(
  { generation }: FigureContext,
  question: Omit<AtRiskQuestion, 'after'>,
): Promise<AtRiskProfile[]> {
  const found: AtRiskProfile[] = [];
  let after: AtRiskPosition | null = null;
  do {
    const page = await findAtRisk(database.pool, generation.id, { ...question, after });
    expect(page.profiles.length).toBeLessThanOrEqual(question.limit);
    found.push(...page.profiles);
    after = page.next;
  } while (after !== null);
  return found;
}

/** Shortly after days on which the histories have touchpoints. */
const questions = fc.record({
  today: fc
    .tuple(fc.constantFrom(1, 5, 9, 15, 28, historyDays - 1), fc.nat({ max: 9 }))
    .map(([day, later]) => firstDay + day + later),
  window: fc.constantFrom(...settings.windows),
  within: fc.constantFrom(1, 2, 10),
  activity: fc.nat({ max: settings.activities.length - 1 }),
  limit: fc.constantFrom(1, 2, 100),
  maxRows: fc.constantFrom(1, 2, 1_000),
});

describe('profiles at risk', () => {
  test('are those of the reference model, each once and by day, however the pages are cut', async () => {
    let listed = 0;
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(questions, { minLength: 20, maxLength: 20 }),
        async ({ delivered, partitions }, asked) => {
          const figures = await createFigures(database.pool);
          const remembered = new Set<string>();
          for (const records of partitions.flat()) {
            await retryTransaction(database.consumerPool, (client) =>
              applyRecords(client, figures, { partition: 0, records }, remembered),
            );
          }
          const { world, resolved } = toDelivered(delivered);
          for (const { today, window, activity: place, limit, maxRows, ...asking } of asked) {
            const within = Math.min(asking.within, window);
            const [wanted, kept] = [settings.activities[place], figures.catalog.activities[place]];
            if (wanted === undefined || kept === undefined) throw new Error('no such activity');
            const range = atRiskDays(today, window, within);
            const found = await readAll(figures, { activity: kept.id, ...range, limit, maxRows });
            const days = found.map(({ lastDay }) => lastDay);
            expect(days).toEqual(days.toSorted((left, right) => left - right));
            const { journeyMap } = settings;
            const expected = referenceAtRisk(world, resolved, {
              activity: wanted,
              journeyMap,
              window,
              today,
              within,
            });
            expect(sorted(found.map((one) => ({ ...one, churnsOn: one.lastDay + window })))).toEqual(
              sorted(expected),
            );
            listed += expected.length;
          }
        },
      ),
      { numRuns: testRuns(20) },
    );
    expect(listed).toBeGreaterThan(0);
  }, 300_000);

  test('are listed once when two identifiers of a profile were active on its last day', async () => {
    const figures = await createFigures(database.pool);
    const [older, founder, other] = [idOf('a', 0), idOf('a', 1), idOf('a', 2)];
    const day = firstDay + 20;
    const records = [
      purchaseOf({ number: 1, identifier: older, profile: founder, day }),
      purchaseOf({ number: 2, identifier: founder, profile: founder, day }),
      purchaseOf({ number: 3, identifier: other, profile: other, day }),
      purchaseOf({ number: 4, identifier: other, profile: other, day: day + 1 }),
    ];
    await retryTransaction(database.consumerPool, (client) =>
      applyRecords(client, figures, { partition: 0, records }, new Set()),
    );
    const activity = figures.catalog.purchase;
    const found = await readAll(figures, { activity, from: day - 5, to: day + 5, limit: 1, maxRows: 1 });
    expect(found).toEqual([
      { profile: founder, lastDay: day },
      { profile: other, lastDay: day + 1 },
    ]);
  });

  test('have the days of an attached identifier at its root only', async () => {
    const figures = await createFigures(database.pool);
    const [root, attached, below] = [idOf('a', 0), idOf('b', 1), idOf('b', 2)];
    const day = firstDay + 20;
    const records = [
      purchaseOf({ number: 1, identifier: root, profile: root, day: day - 3 }),
      purchaseOf({ number: 2, identifier: below, root: attached, profile: attached, day }),
      purchaseOf({ number: 3, identifier: attached, root, profile: root, day: day + 1 }),
    ];
    await retryTransaction(database.consumerPool, (client) =>
      applyRecords(client, figures, { partition: 0, records }, new Set()),
    );
    const activity = figures.catalog.purchase;
    const found = await readAll(figures, { activity, from: day - 5, to: day + 5, limit: 10 });
    expect(found).toEqual([
      { profile: attached, lastDay: day },
      { profile: root, lastDay: day + 1 },
    ]);
  });
});

function purchaseOf(asked: {
  number: number;
  identifier: string;
  root?: string;
  profile: string;
  day: number;
}): TouchpointResolved {
  const { number, identifier, root = identifier, profile, day } = asked;
  const at = new Date(day * 86_400_000).toISOString();
  return {
    kind: 'touchpoint.resolved',
    shard: 's',
    sequence: number,
    touchpoint: {
      key: idOf('d', number),
      id: `order-${number}`,
      source: 'web',
      type: 'track',
      name: 'Order Completed',
      occurredAt: at,
      receivedAt: at,
      trust: 'server',
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      {
        identifier,
        version: 0,
        root,
        profile: root === identifier ? profile : null,
        identifying: true,
        type: 'user_id',
      },
    ],
    transaction: null,
    amends: null,
    requestId: 'request',
  };
}

function sorted<T extends { profile: string }>(found: readonly T[]): T[] {
  return found.toSorted((left, right) => (left.profile < right.profile ? -1 : 1));
}
