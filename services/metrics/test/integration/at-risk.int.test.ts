/** Profiles at risk against the reference model, page by page. */
import type { ResolvedRecord, TouchpointResolved } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { dateOf, referenceAtRisk, referenceProfileJourneys, testRuns } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { atRiskDays } from '../../src/core/at-risk-days.ts';
import { computeValuation } from '../../src/db/compute-valuation.ts';
import {
  atRiskOrders,
  findAtRisk,
  type AtRiskPage,
  type AtRiskPosition,
  type AtRiskProfile,
  type AtRiskQuestion,
} from '../../src/db/find-at-risk.ts';
import { describeProfiles, type AtRiskFilters } from '../../src/http/at-risk-filters.ts';
import type { FigureReader } from '../../src/http/figure-reader.ts';
import { settings, toDelivered } from '../expected-figures.ts';
import { purchaseRecord } from '../purchase-record.ts';
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
  order: fc.constantFrom(...atRiskOrders),
  limit: fc.constantFrom(1, 2, 100),
  maxRows: fc.constantFrom(1, 2, 1_000),
});

describe('profiles at risk', () => {
  test('are those of the reference model, each once and by day, however the pages are cut', async () => {
    let listed = 0;
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(questions, { minLength: 12, maxLength: 12 }),
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
            const { order } = asking;
            const found = await readAll(figures, { order, activity: kept.id, ...range, limit, maxRows });
            const days = found.map(({ lastDay }) => lastDay);
            if (order === 'soonest') expect(days).toEqual(days.toSorted((left, right) => left - right));
            const { journeyMap, activities, windows } = settings;
            const described = await describeProfiles(readerOf(figures), found, today, noFilters);
            const options = { journeyMap, activities, windows, day: dateOf(today), window: 10 };
            const journeys = referenceProfileJourneys(world, resolved, options);
            expect(
              described.map(({ profile, stage, relationship }) => ({ profile, stage, relationship })),
            ).toEqual(
              found.map(({ profile }) => {
                const journey = journeys.find((one) => one.profile === profile);
                return { profile, stage: journey?.stage, relationship: journey?.relationship };
              }),
            );
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
      { numRuns: testRuns(12) },
    );
    expect(listed).toBeGreaterThan(0);
  });

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
    const found = await readAll(figures, {
      order: 'soonest',
      activity,
      from: day - 5,
      to: day + 5,
      limit: 1,
      maxRows: 1,
    });
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
    const found = await readAll(figures, {
      order: 'soonest',
      activity,
      from: day - 5,
      to: day + 5,
      limit: 10,
    });
    expect(found).toEqual([
      { profile: attached, lastDay: day },
      { profile: root, lastDay: day + 1 },
    ]);
  });

  test('of the stable order come once, whatever is merged or attached between two pages', async () => {
    let merged = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ person: fc.nat({ max: 7 }), cookie: fc.nat({ max: 2 }), day: fc.nat({ max: 9 }) }),
          {
            minLength: 8,
            maxLength: 20,
          },
        ),
        fc.array(
          fc.record({
            from: fc.nat({ max: 7 }),
            to: fc.nat({ max: 7 }),
            how: fc.constantFrom('merge', 'attach'),
          }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        async (bought, changes) => {
          const figures = await createFigures(database.pool);
          const [person, cookie] = [(n: number) => idOf('a', n), (n: number) => idOf('b', n)];
          // A cookie of each number is a profile of its own until it is attached to a person.
          await applyAll(
            figures,
            bought.map(({ person: who, cookie: what, day }, number) => {
              const identifier = what === 0 ? person(who) : cookie(who);
              return purchaseOf({ number, identifier, profile: identifier, day: firstDay + day });
            }),
          );
          const profileOf = new Map<string, string>();
          const current = (id: string): string => {
            const held = profileOf.get(id);
            return held === undefined || held === id ? id : current(held);
          };
          const question = { order: 'stable', activity: figures.catalog.purchase, limit: 1 } as const;
          const range = { from: firstDay, to: firstDay + 9 };
          const listed: string[] = [];
          let after: AtRiskPosition | null = null;
          for (const [index, change] of [...changes, ...Array.from({ length: 40 }, () => null)].entries()) {
            const page: AtRiskPage = await findAtRisk(database.pool, figures.generation.id, {
              ...question,
              ...range,
              after,
            });
            for (const { profile } of page.profiles) {
              expect(listed.map(current)).not.toContain(profile);
              listed.push(profile);
            }
            after = page.next;
            if (after === null) break;
            if (change === null || change.from === change.to) continue;
            const into = current(person(change.to));
            const moved = change.how === 'merge' ? person(change.from) : cookie(change.from);
            if (current(moved) !== moved || into === moved) continue;
            merged++;
            // All identifiers of the profile that ends: those that were merged into it before.
            const members = [moved, ...[...profileOf.keys()].filter((id) => current(id) === moved)];
            await applyAll(figures, [
              membershipsOf({ members, into, version: index + 1, isMerge: change.how === 'merge' }),
            ]);
            for (const member of members) profileOf.set(member, into);
          }
          const all = await readAll(figures, { ...question, ...range });
          const seen = new Set(listed.map(current));
          expect(all.filter(({ profile }) => !seen.has(profile))).toEqual([]);
        },
      ),
      { numRuns: testRuns(12) },
    );
    expect(merged).toBeGreaterThan(5);
  });

  test('are filtered by home store, consent and class by value', async () => {
    const figures = await createFigures(database.pool);
    const day = firstDay + 20;
    const sale = (number: number, person: number, details: Partial<TouchpointResolved['touchpoint']>) => {
      const identifier = idOf('a', person);
      const record = purchaseOf({ number, identifier, profile: identifier, day: day - (number % 3) });
      return { ...record, touchpoint: { ...record.touchpoint, ...details } };
    };
    const at = (store: string, total: number) => ({
      type: 'receipt' as const,
      name: null,
      properties: { store, total, currency: 'EUR' },
    });
    await applyAll(figures, [
      sale(1, 0, { ...at('south', 90), consent: { marketing: true } }),
      // The first of its sales.
      sale(2, 0, at('north', 1)),
      sale(3, 0, at('south', 1)),
      sale(4, 1, { ...at('south', 5), consent: { marketing: false, news: true } }),
      sale(5, 1, { ...at('south', 5), consent: { marketing: true } }),
      sale(6, 2, at('south', 3)),
      // A public key names no store.
      sale(11, 1, { ...at('east', 5), trust: 'public' }),
      // A public key cannot take back what a server stated, nor state it earlier.
      sale(7, 0, { ...at('', 0), type: 'page', trust: 'public', consent: { marketing: false } }),
    ]);
    await computeValuation(database.pool, figures.generation.id, { activity: figures.catalog.purchase, day });
    const listed = await readAll(figures, {
      order: 'soonest',
      activity: figures.catalog.purchase,
      from: day - 5,
      to: day + 5,
      limit: 10,
    });
    const passing = async (filters: Partial<AtRiskFilters>): Promise<string[]> => {
      const found = await describeProfiles(readerOf(figures), listed, day, { ...noFilters, ...filters });
      return found.map(({ profile }) => profile).toSorted();
    };
    const people = (...numbers: number[]) => numbers.map((number) => idOf('a', number));
    expect(await passing({})).toEqual(people(0, 1, 2));
    expect(await passing({ store: 'south' })).toEqual(people(1, 2));
    expect(await passing({ store: 'north' })).toEqual(people(0));
    expect(await passing({ store: 'east' })).toEqual([]);
    expect(await passing({ consent: 'marketing' })).toEqual(people(0));
    expect(await passing({ consent: 'news', store: 'south' })).toEqual(people(1));
    expect(await passing({ valueClass: 'A' })).toEqual(people(0));
    expect(await passing({ valueClass: 'C' })).toEqual(people(2));
    expect(await passing({ stage: 'lapsed' })).toEqual([]);
    expect(await passing({ relationship: 'customer' })).toEqual(people(2));
  });
});

const noFilters: AtRiskFilters = {
  stage: null,
  relationship: null,
  valueClass: null,
  store: null,
  consent: null,
};

function readerOf({ generation, catalog }: FigureContext): FigureReader {
  return { pool: database.pool, generation: generation.id, catalog } as FigureReader;
}

async function applyAll(figures: FigureContext, records: readonly ResolvedRecord[]): Promise<void> {
  await retryTransaction(database.consumerPool, (client) =>
    applyRecords(client, figures, { partition: 0, records }, new Set()),
  );
}

function membershipsOf(asked: {
  members: readonly string[];
  into: string;
  version: number;
  isMerge: boolean;
}): ResolvedRecord {
  const { members, into, version, isMerge } = asked;
  return {
    kind: 'membership.changed',
    shard: 's',
    sequence: 1_000 + version,
    cause: 'merge',
    reason: 'r',
    memberships: members.map((identifier) => ({
      identifier,
      version,
      root: isMerge ? identifier : into,
      profile: isMerge ? into : null,
      identifying: true,
      type: isMerge ? 'user_id' : 'anonymous_id',
    })),
  };
}

function purchaseOf(asked: {
  number: number;
  identifier: string;
  root?: string;
  profile: string;
  day: number;
}): TouchpointResolved {
  const { number, identifier, root = identifier, profile, day } = asked;
  const membership = { identifier, version: 0, root, profile: root === identifier ? profile : null };
  return purchaseRecord({
    number,
    identifier,
    at: day * 86_400_000,
    memberships: [{ ...membership, identifying: true, type: 'user_id' }],
  });
}

function sorted<T extends { profile: string }>(found: readonly T[]): T[] {
  return found.toSorted((left, right) => (left.profile < right.profile ? -1 : 1));
}
