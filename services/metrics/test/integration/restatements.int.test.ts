/**
 * Restatements against a reference that knows nothing of deltas, epochs or series: the figures of every day, counted the slow
 * way before and after each batch, subtracted on the days that are closed.
 */
import type { ResolvedRecord, TouchpointResolved } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import fc from 'fast-check';
import { testRuns } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { formatDay } from '../../src/core/calendar.ts';
import { cohortCell } from '../../src/core/cohort-series.ts';
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
import { purchaseRecord } from '../purchase-record.ts';
import { deliveries, firstDay, historyDays, idOf } from '../resolved-histories.ts';
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
    async read(key: SeriesKey, range = comparedDays, limit = 100, cell = 0): Promise<Restatement[]> {
      const number = figures.catalog.keys.findIndex(
        (candidate) => JSON.stringify(candidate) === JSON.stringify(key),
      );
      const series = figures.generation.seriesIds[number] ?? -1;
      const found: Restatement[] = [];
      let after: RestatementPosition | null = null;
      do {
        const page = await readRestatements(database.pool, { series, cell, ...range, limit, after });
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
  if (figure === 'active' || figure === 'retained')
    return `${dimensions.activity} ${dimensions.window} ${figure}`;
  return null;
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
  test(
    'of closed days are what the figures changed by since, whatever order records arrive in',
    { timeout: 600_000 },
    async () => {
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
              if (step > 6)
                await world.close(Math.min(world.closed() + step - 6, firstDay + historyDays + 15));
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
        { numRuns: testRuns(8) },
      );
    },
  );

  const active: SeriesKey = { figure: 'active', dimensions: { activity: 'purchase', window: 3 } };

  test('are seen with the figure, before and after they are folded, with nothing different', async () => {
    const world = await createClosing(firstDay + 20);
    await world.apply([
      purchase('late-1', person(1), firstDay + 5),
      purchase('late-2', person(2), firstDay + 5),
    ]);
    const unfolded = await world.read(active);
    expect(unfolded).toMatchObject([
      {
        cause: 'late_touchpoint',
        closedThrough: firstDay + 20,
        from: firstDay + 5,
        to: firstDay + 7,
        change: 2,
        reasons: ['late-1', 'late-2'],
      },
    ]);
    while ((await world.fold(3)) > 0);
    expect(await world.read(active)).toEqual(unfolded);
  });

  test('have the reasons of their own days and people, not others of the same cause and time', async () => {
    const world = await createClosing(firstDay + 30);
    await world.apply([
      purchase('spring', person(1), firstDay + 1),
      purchase('summer', person(2), firstDay + 10),
      touchpoint('a visit', person(3), firstDay + 10),
    ]);
    const reasonsOf = async (key: SeriesKey) =>
      (await world.read(key)).map(({ from, reasons }) => [from - firstDay, reasons]);
    const awareness: SeriesKey = {
      figure: 'occupancy',
      dimensions: { stage: 'awareness', relationship: 'prospect' },
    };
    // Unfolded first, then partly folded, then folded.
    for (const maxDeltas of [0, 5, 100]) {
      if (maxDeltas > 0) await world.fold(maxDeltas);
      expect(await reasonsOf(active)).toEqual([
        [1, ['spring']],
        [10, ['summer']],
      ]);
      expect(await reasonsOf(awareness)).toEqual([[10, ['a visit']]]);
    }
  });

  test('of a cell of cohorts have the reasons of that cell, folded or not', async () => {
    const world = await createClosing(firstDay + 30);
    await world.apply([
      purchase('one', person(1), firstDay + 1),
      purchase('one again', person(1), firstDay + 3),
      purchase('two', person(2), firstDay + 2),
      purchase('two again', person(2), firstDay + 3),
    ]);
    const cohort: SeriesKey = {
      figure: 'cohort.first',
      dimensions: { startActivity: 'purchase', activity: 'purchase', period: 'day' },
    };
    const readCell = async (bucket: number) =>
      (await world.read(cohort, comparedDays, 1, cohortCell(bucket, 0))).map(
        ({ from, to, change, reasons }) => [from - firstDay, to - firstDay, change, reasons],
      );
    for (const maxDeltas of [0, 5, 100]) {
      if (maxDeltas > 0) await world.fold(maxDeltas);
      expect(await readCell(1)).toEqual([[3, 30, 1, ['two again']]]);
      expect(await readCell(2)).toEqual([[3, 30, 1, ['one again']]]);
      expect(await readCell(3)).toEqual([]);
    }
  });

  test('name some of the touchpoints of an import, each on days that it changed', async () => {
    const world = await createClosing(firstDay + 300);
    const days = Array.from({ length: 40 }, (_value, index) => index * 5);
    await world.apply(days.map((day, index) => purchase(`import-${day}`, person(index), firstDay + day)));
    const found = await world.read(active, { from: firstDay, to: firstDay + 300 });
    expect(found.map(({ from }) => from - firstDay)).toEqual(days);
    const named = found.filter(({ reasons }) => reasons.length > 0);
    expect(named.map(({ reasons }) => reasons)).toEqual(
      named.map(({ from }) => [`import-${from - firstDay}`]),
    );
    expect(named.length).toBe(10);
  });

  test('stay when days close later from now on, and begin with the close, not before it', async () => {
    const world = await createClosing(firstDay + 9);
    await world.apply([purchase('before', person(1), firstDay + 10)]);
    expect(await world.read(active)).toEqual([]);
    await world.close(firstDay + 10);
    await world.apply([purchase('after', person(2), firstDay + 10)]);
    const shown = await world.read(active);
    expect(shown).toMatchObject([{ from: firstDay + 10, to: firstDay + 10, change: 1, reasons: ['after'] }]);
    const patient = { ...world.figures.calendar, lastClosedDay: () => firstDay + 2 };
    await endEpoch(database.pool, world.figures);
    await advanceEpoch(database.pool, world.figures.generation.id, patient);
    await world.fold(100);
    expect(await world.read(active)).toEqual(shown);
    await world.apply([purchase('later', person(3), firstDay + 10)]);
    expect(await world.read(active)).toMatchObject([
      { change: 1, reasons: ['later'] },
      { change: 1, reasons: ['after'] },
    ]);
  });

  test('are found missing by the verification, as are those of a day that was closed with another value', async () => {
    const world = await createClosing(firstDay + 4);
    await world.apply([purchase('first', person(1), firstDay + 5)]);
    await world.close(firstDay + 6);
    await world.apply([purchase('second', person(2), firstDay + 5)]);
    while ((await world.fold(100)) > 0);
    const verify = async () => (await verifyFigures(database.pool, world.figures.generation.id)).differences;
    expect(await verify()).toEqual([]);
    const series = world.figures.generation.seriesIds;
    await database.pool.query(
      'update metrics.figure_change set closed_through = $2 where series = any($1) and closed_through >= $3',
      [series, firstDay + 3, firstDay + 5],
    );
    const relabelled = await verify();
    expect(new Set(relabelled.map(({ of }) => of))).toEqual(new Set(['restatements']));
    expect(relabelled).toContainEqual({
      of: 'restatements',
      ...active,
      day: firstDay + 5,
      maintained: 1,
      recomputed: 2,
    });
    await database.pool.query(
      'update metrics.figure_change set amount = amount + 1 where ctid = (select min(ctid) from metrics.figure_change where series = any($1))',
      [series],
    );
    expect((await verify()).filter(({ of }) => of === 'changes')).toHaveLength(1);
  });

  test('of a page that is cut inside a quarter of an hour are followed by the rest of it', async () => {
    const world = await createClosing(firstDay + 300);
    for (let index = 0; index < 12; index++)
      await world.apply([purchase(`late-${index}`, person(index), firstDay + index * 10)]);
    await world.fold(7);
    const range = { from: firstDay, to: firstDay + 200 };
    const whole = await world.read(active, range);
    expect(whole).toHaveLength(12);
    expect(await world.read(active, range, 1)).toEqual(whole);
    expect(await world.read(active, range, 5)).toEqual(whole);
    expect(await world.read(active, { from: firstDay + 11, to: firstDay + 41 }, 1)).toMatchObject([
      { from: firstDay + 11, to: firstDay + 12 },
      { from: firstDay + 20, to: firstDay + 22 },
      { from: firstDay + 30, to: firstDay + 32 },
      { from: firstDay + 40, to: firstDay + 41 },
    ]);
  });
});

function person(index: number): string {
  return idOf('a', 100 + index);
}

let keys = 0;
function touchpoint(id: string, identifier: string, day: number): TouchpointResolved {
  const record = purchase(id, identifier, day);
  return { ...record, touchpoint: { ...record.touchpoint, type: 'page', name: 'Home' } };
}

/** Received long after its day was closed. */
function purchase(id: string, identifier: string, day: number): TouchpointResolved {
  const at = day * 86_400_000 + 43_200_000;
  const receivedAt = new Date(at + 90 * 86_400_000).toISOString();
  return purchaseRecord({ number: ++keys, identifier, at, touchpoint: { id, receivedAt } });
}
