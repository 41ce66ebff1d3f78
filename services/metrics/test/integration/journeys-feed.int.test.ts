/** The records of `journeys.v1` against the reference model, while records come, days pass and customers are valued. */
import { profileJourneySchema, type ProfileJourney, type ResolvedRecord } from '@throughline/contracts';
import { inTransaction, retryTransaction } from '@throughline/postgres';
import {
  dateOf,
  defaultWorldLimits,
  referenceProfileJourneys,
  referenceValues,
  testRuns,
} from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { publishJourneys, type JourneyPublisher } from '../../src/consume/publish-journeys.ts';
import { journeyChanges } from '../../src/core/journey-state.ts';
import { findValueClasses } from '../../src/db/class-bounds.ts';
import { computeValuation } from '../../src/db/compute-valuation.ts';
import { insertJourneyChangeOfAll, takeJourneyChanges } from '../../src/db/journey-changes.ts';
import { settings, toDelivered } from '../expected-figures.ts';
import { purchaseRecord } from '../purchase-record.ts';
import { deliveries, firstDay, historyDays, idOf } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

const { journeyMap, activities, windows } = settings;
const dayMs = 86_400_000;

interface Feed {
  records: ProfileJourney[];
  publish: (day: number) => Promise<void>;
}

/** Over an empty database. */
async function createFeed(figures: FigureContext): Promise<Feed> {
  await database.pool.query('truncate metrics.journey_change, metrics.profile_journey, metrics.class_bound');
  const records: ProfileJourney[] = [];
  const publisher: JourneyPublisher = {
    pool: database.pool,
    figures,
    partitions: 4,
    outbox: {
      // oxlint-disable-next-line typescript/require-await -- of the shape of the outbox
      async write(_client, _shard, written) {
        for (const { value } of written) records.push(profileJourneySchema.parse(JSON.parse(value(null))));
      },
    },
  };
  return {
    records,
    publish: async (day) => {
      while ((await publishJourneys(publisher, { today: day, nowMs: day * dayMs })).isFull);
    },
  };
}

async function apply(figures: FigureContext, partition: number, records: readonly ResolvedRecord[]) {
  await retryTransaction(database.consumerPool, (client) =>
    applyRecords(client, figures, { partition, records }, new Set()),
  );
}

function expectedStates(delivered: readonly ResolvedRecord[], day: number, valuedDay: number) {
  const { world, resolved } = toDelivered(delivered);
  const options = { journeyMap, activities, windows, day: dateOf(day), window: 10 };
  const classes = new Map<string, string>();
  for (const currency of ['EUR', 'JPY']) {
    const [activity] = activities;
    if (activity === undefined) throw new Error('no such activity');
    const asked = { activity, journeyMap, currency, unit: 1, day: valuedDay };
    for (const one of referenceValues({ ...world, limits: defaultWorldLimits }, resolved, asked)) {
      const known = classes.get(one.profile);
      if (known === undefined || one.class < known) classes.set(one.profile, one.class);
    }
  }
  const journeys = referenceProfileJourneys(world, resolved, options);
  return {
    classes,
    states: new Map(
      journeys
        .filter(({ identified, stage, churn }) => identified && (stage !== null || churn.length > 0))
        .map(({ profile, stage, relationship, lifecycle, churn }) => {
          const valueClass = relationship === 'prospect' ? null : (classes.get(profile) ?? null);
          const byName = churn.toSorted((left, right) => (left.activity < right.activity ? -1 : 1));
          return [profile, { stage, relationship, lifecycle, valueClass, churn: byName }] as const;
        }),
    ),
  };
}

const histories = fc.record({
  delivery: deliveries,
  /** Days between one batch and the next. */
  steps: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 12, maxLength: 12 }),
});

describe('journeys.v1', () => {
  test('ends with the state of each profile on the day, each record says what changed since the one before', async () => {
    const seen = { churned: 0, ended: 0, lapsed: 0, classes: 0 };
    await fc.assert(
      fc.asyncProperty(histories, async ({ delivery: { delivered, partitions }, steps }) => {
        const figures = await createFigures(database.pool);
        const { records, publish } = await createFeed(figures);
        let day = firstDay + 5;
        for (const [index, batch] of partitions.flat().entries()) {
          await apply(figures, index % 2, batch);
          day += steps[index % steps.length] ?? 0;
          await publish(day);
        }
        const asked = { activity: figures.catalog.purchase, day: day - 1 };
        await computeValuation(database.pool, figures.generation.id, asked);
        await publish(day);
        const last = firstDay + historyDays + 60;
        for (const later of [day, day + 1, day + 3, day + 9, day + 30, last]) {
          await publish(later);
          const { states, classes } = expectedStates(delivered, later, day - 1);
          const newest = new Map(records.map((record) => [record.profile, record]));
          const live = [...newest].flatMap(([profile, { state }]) =>
            state === null ? [] : [[profile, state] as const],
          );
          // What is later than the day shows in a record that has nothing to say yet.
          const stated = live.filter(([, { stage, churn }]) => stage !== null || churn.length > 0);
          expect(new Map(stated)).toEqual(states);
          const found = await findValueClasses(database.pool, figures.generation.id, {
            profiles: [...classes.keys()],
            activity: figures.catalog.purchase,
          });
          expect(found).toEqual(classes);
          seen.classes += classes.size;
        }
        for (const own of Map.groupBy(records, ({ profile }) => profile).values()) {
          for (const [index, record] of own.entries()) {
            const before = own[index - 1];
            expect(record.version).toBeGreaterThan(before?.version ?? 0);
            expect(record.state).not.toEqual(before?.state ?? null);
            expect(record.changes).toEqual(journeyChanges(before?.state ?? null, record.state));
            seen.churned += record.changes.filter(({ to }) => to === 'churned').length;
            seen.lapsed += record.changes.filter(({ to }) => to === 'lapsed').length;
            if (record.state === null) seen.ended++;
          }
        }
        expect((await database.pool.query('select from metrics.journey_change')).rowCount).toBe(0);
      }),
      { numRuns: testRuns(10) },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });

  test('has one record for each turn of the days, however often it is looked', async () => {
    const figures = await createFigures(database.pool);
    const { records, publish } = await createFeed(figures);
    await apply(figures, 0, [purchase(1)]);
    for (let day = firstDay; day < firstDay + 40; day++) {
      await publish(day);
      await publish(day);
    }
    const turns = records.flatMap(({ day, changes }) =>
      changes.flatMap((change) =>
        change.of === 'churn' && change.activity === 'purchase' ? [[day, change.window, change.to]] : [],
      ),
    );
    const on = (days: number) => dateOf(firstDay + days);
    expect(turns).toEqual([
      [on(0), 3, 'active'],
      [on(0), 10, 'active'],
      [on(2), 3, 'near'],
      [on(3), 3, 'churned'],
      [on(5), 10, 'near'],
      [on(10), 10, 'churned'],
    ]);
    expect(records.flatMap(({ changes }) => changes.filter(({ of }) => of === 'stage'))).toEqual([
      { of: 'stage', from: null, to: 'purchase' },
      { of: 'stage', from: 'purchase', to: 'lapsed' },
    ]);
  });

  test('says what happened meanwhile in one record when it was not published for days', async () => {
    const figures = await createFigures(database.pool);
    const { records, publish } = await createFeed(figures);
    await apply(figures, 0, [purchase(1)]);
    await publish(firstDay);
    await publish(firstDay + 20);
    expect(records.map(({ changes }) => changes.filter(({ of }) => of === 'churn').length)).toEqual([6, 6]);
    expect(records[1]?.changes).toContainEqual({
      of: 'churn',
      activity: 'purchase',
      window: 10,
      churnsOn: dateOf(firstDay + 10),
      from: 'active',
      to: 'churned',
    });
  });

  test('looks at every profile, page by page, where one row stands for all of them', async () => {
    await createFeed(await createFigures(database.pool));
    await database.pool.query(
      `insert into metrics.profile_journey (profile, day, content)
       select gen_random_uuid(), 0, '{}' from generate_series(1, 2001)`,
    );
    const pages = await inTransaction(database.pool, async (client) => {
      await insertJourneyChangeOfAll(client);
      const taken: string[][] = [];
      for (;;) {
        const page = await takeJourneyChanges(client, 4);
        if (page.length === 0) return taken;
        taken.push(page);
      }
    });
    expect(pages.map(({ length }) => length)).toEqual([1_000, 1_000, 1]);
    expect(new Set(pages.flat()).size).toBe(2_001);
    expect((await database.pool.query('select from metrics.journey_change')).rowCount).toBe(0);
  });

  test('is written once by two that publish at the same time', async () => {
    const figures = await createFigures(database.pool);
    const { records, publish } = await createFeed(figures);
    await apply(
      figures,
      0,
      Array.from({ length: 30 }, (_, number) => purchase(number)),
    );
    await Promise.all([publish(firstDay), publish(firstDay), publish(firstDay)]);
    expect(records.length).toBe(30);
    expect(new Set(records.map(({ version }) => version)).size).toBe(30);
  });
});

const purchase = (number: number): ResolvedRecord =>
  purchaseRecord({
    number,
    identifier: idOf('a', number),
    at: firstDay * dayMs,
    touchpoint: { properties: { revenue: 10, currency: 'EUR' } },
  });
