/** Rebuilds beside a stream of records, against the reference model and the verification. */
import type { ProfileErased, ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { createLogger } from '@throughline/runtime';
import { testRuns } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords } from '../../src/consume/apply-records.ts';
import { enterFigures } from '../../src/consume/enter-figures.ts';
import { openGenerations, type FigureGenerations } from '../../src/consume/figure-generations.ts';
import { stepRebuild, switchToBuilt } from '../../src/consume/rebuild-figures.ts';
import { functionVersion } from '../../src/core/generation-settings.ts';
import { createSeriesValue } from '../../src/core/growth.ts';
import type { SeriesKey } from '../../src/core/series.ts';
import { advanceEpoch } from '../../src/db/advance-epoch.ts';
import { findSeries } from '../../src/db/ensure-series.ts';
import { findAsOfBounds } from '../../src/db/find-as-of.ts';
import { findFigureTerms } from '../../src/db/find-terms.ts';
import { findGenerations } from '../../src/db/generations.ts';
import { readSeries } from '../../src/db/read-series.ts';
import { pruneRetired } from '../../src/db/prune-retired.ts';
import { abandonRebuild, beginRebuild, findRebuild } from '../../src/db/rebuilds.ts';
import { verifyFigures } from '../../src/db/verification/verify-figures.ts';
import { formatRestatementCursor, parseRestatementCursor } from '../../src/http/restatement-cursor.ts';
import { readRestatementPage } from '../../src/http/restatement-pages.ts';
import { comparedDays, expectedFigures } from '../expected-figures.ts';
import { deliveries } from '../resolved-histories.ts';
import {
  createFigures,
  createMetricsDatabase,
  endEpoch,
  readFigures,
  wantedSettings,
  type MetricsDatabase,
} from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

const logger = createLogger({ service: 'metrics', level: 'fatal' });

async function openFigures(): Promise<FigureGenerations> {
  await createFigures(database.pool);
  return await openGenerations({ pool: database.pool, logger, wanted: wantedSettings, closeHours: 6 });
}

async function apply(
  generations: FigureGenerations,
  partition: number,
  records: readonly ResolvedRecord[],
): Promise<void> {
  const remembered = new Set<string>();
  await retryTransaction(
    database.consumerPool,
    async (client) => {
      const { figures, built } = await enterFigures(client, generations);
      return await applyRecords(client, figures, { partition, records }, remembered, built);
    },
    { attempts: 50 },
  );
}

function partsOf({ contextOf }: FigureGenerations, pageFacts: number) {
  return { pool: database.pool, contextOf, pageFacts, pageMemberships: 2 };
}

async function fill(generations: FigureGenerations, pageFacts: number): Promise<void> {
  while ((await stepRebuild(partsOf(generations, pageFacts), functionVersion)) !== 'filled');
}

const rebuilt = fc.record({
  delivery: deliveries,
  /** Batches before the rebuild begins. */
  before: fc.nat({ max: 6 }),
  /** Steps of the rebuild after each batch from then on. */
  steps: fc.array(fc.nat({ max: 3 }), { minLength: 6, maxLength: 6 }),
  pageFacts: fc.constantFrom(1, 2, 5, 200),
  /** Touchpoints that an erasure takes away, and after which batch. */
  erased: fc.record({ chosen: fc.array(fc.nat(), { maxLength: 3 }), place: fc.nat() }),
});

const touchpointKeys = (records: readonly ResolvedRecord[]): string[] => [
  ...new Set(records.flatMap((one) => (one.kind === 'touchpoint.resolved' ? [one.touchpoint.key] : []))),
];

function erasing(touchpoints: readonly string[]): ProfileErased {
  const erasure = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const at = '2026-03-01T00:00:00.000Z';
  return { kind: 'profile.erased', erasure, at, touchpoints: [...touchpoints], identifiers: [] };
}

/** The same without the touchpoints: what they said about memberships stays known. */
function without(delivered: readonly ResolvedRecord[], keys: readonly string[]): ResolvedRecord[] {
  return delivered.map((record) =>
    record.kind === 'touchpoint.resolved' && keys.includes(record.touchpoint.key)
      ? { kind: 'membership.changed', cause: 'merge', reason: '', memberships: record.memberships }
      : record,
  );
}

describe('a rebuild', () => {
  test('comes to the figures of the reference model, whatever is consumed between its steps', async () => {
    const seen = { beside: 0, facts: 0 };
    await fc.assert(
      fc.asyncProperty(rebuilt, async ({ delivery, before, steps, pageFacts, erased }) => {
        const { delivered, partitions } = delivery;
        const generations = await openFigures();
        const parts = partsOf(generations, pageFacts);
        const batches = partitions.flat();
        const all = touchpointKeys(delivered);
        const keys = erased.chosen.flatMap((number) => all[number % all.length] ?? []);
        if (keys.length > 0) batches.splice(erased.place % (batches.length + 1), 0, [erasing(keys)]);
        for (const batch of batches.slice(0, before)) await apply(generations, 0, batch);
        const { id, begun } = await beginRebuild(database.pool, wantedSettings);
        expect(begun).toBe(true);
        for (const [index, batch] of batches.slice(before).entries()) {
          for (let step = 0; step < (steps[index % steps.length] ?? 0); step++)
            await stepRebuild(parts, functionVersion);
          if ((await findGenerations(database.pool)).built?.filledThrough !== null) seen.beside++;
          await apply(generations, index % 2, batch);
        }
        await fill(generations, pageFacts);
        seen.facts += (await findRebuild(database.pool, id))?.factsFilled ?? 0;
        expect((await verifyFigures(database.pool, id)).differences).toEqual([]);
        expect(await switchToBuilt(parts, id)).toBe(true);
        expect(await generations.refresh()).toBe(true);
        const figures = generations.current();
        expect(figures.generation.id).toBe(id);
        expect(await readFigures(database.pool, figures)).toEqual(expectedFigures(without(delivered, keys)));
      }),
      { numRuns: testRuns(10) },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(3);
  });

  test('waits for no batch for long, and none for it, when two partitions are consumed meanwhile', async () => {
    const [{ delivered, partitions } = { delivered: [], partitions: [] }] = fc.sample(
      deliveries.filter((one) => one.delivered.length > 25),
      { numRuns: 1, seed: 4 },
    );
    const generations = await openFigures();
    const { id } = await beginRebuild(database.pool, wantedSettings);
    await Promise.all([
      fill(generations, 1),
      ...partitions.map(async (batches, partition) => {
        for (const batch of batches) await apply(generations, partition, batch);
      }),
    ]);
    await fill(generations, 1);
    expect(await switchToBuilt(partsOf(generations, 1), id)).toBe(true);
    await generations.refresh();
    expect(await readFigures(database.pool, generations.current())).toEqual(expectedFigures(delivered));
    const { rows } = await database.pool.query<{ deadlocks: number }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(rows[0]?.deadlocks).toBe(0);
  });

  test('with another zone, other windows and another week verifies clean, and leaves no history of the old figures', async () => {
    const [{ partitions } = { partitions: [] }] = fc.sample(
      deliveries.filter((one) => one.delivered.length > 25),
      { numRuns: 1, seed: 6 },
    );
    const generations = await openFigures();
    const old = generations.current().generation.id;
    const batches = partitions.flat();
    for (const batch of batches.slice(0, -1)) await apply(generations, 0, batch);
    const wanted = {
      ...wantedSettings,
      timeZone: 'America/New_York',
      weekStart: 'sunday',
      windows: [2, 7, 30],
      journeyMap: { ...wantedSettings.journeyMap, lapseDays: 9 },
    };
    const { id } = await beginRebuild(database.pool, wanted);
    await fill(generations, 3);
    for (const batch of batches.slice(-1)) await apply(generations, 0, batch);
    expect((await verifyFigures(database.pool, id)).differences).toEqual([]);
    expect(await switchToBuilt(partsOf(generations, 3), id)).toBe(true);
    expect((await verifyFigures(database.pool, id)).differences).toEqual([]);
    while (await pruneRetired(database.pool));
    for (const table of [
      'identifier',
      'activity_day',
      'stage_mark',
      'group_mark',
      'sales_day',
      'transaction',
      'share_change',
      'sales_change',
    ]) {
      const { rows } = await database.pool.query<{ generation: number }>(
        `select distinct generation from metrics.${table} where generation in ($1, $2)`,
        [old, id],
      );
      expect(rows.map(({ generation }) => generation)).not.toContain(old);
      if (table === 'activity_day') expect(rows).toHaveLength(1);
    }
    await generations.refresh();
    expect(generations.current().catalog.settings.windows).toEqual([2, 7, 30]);
    expect(generations.differing().join(' ')).toContain('America/New_York');
  });

  test('is the cause of what it changes about closed days, so that restatements still explain the figures of any two moments', async () => {
    const { pool } = database;
    const [{ partitions } = { partitions: [] }] = fc.sample(
      deliveries.filter((one) => one.delivered.length > 30),
      { numRuns: 1, seed: 6 },
    );
    const generations = await openFigures();
    const batches = partitions.flat();
    const half = Math.ceil(batches.length / 2);
    const passTime = async () => {
      const figures = generations.current();
      await endEpoch(pool, figures);
      await advanceEpoch(pool, figures.generation.id, figures.calendar);
      const bounds = await findAsOfBounds(pool, figures.generation.id);
      if (bounds === null) throw new Error('no epoch');
      return { figures, asOf: bounds.latest };
    };
    await passTime();
    for (const batch of batches.slice(0, half)) await apply(generations, 0, batch);
    const early = await passTime();
    for (const batch of batches.slice(half, -1)) await apply(generations, 0, batch);
    const wanted = {
      ...wantedSettings,
      timeZone: 'Asia/Tokyo',
      journeyMap: { ...wantedSettings.journeyMap, lapseDays: 9 },
    };
    const { id } = await beginRebuild(pool, wanted);
    await fill(generations, 3);
    expect(await switchToBuilt(partsOf(generations, 3), id)).toBe(true);
    await generations.refresh();
    for (const batch of batches.slice(-1)) await apply(generations, 0, batch);
    const late = await passTime();
    expect(late.asOf.closedThrough).toBeGreaterThanOrEqual(early.asOf.closedThrough);

    const terms = (await findFigureTerms(pool)).slice(-2);
    const causes = new Set<string>();
    const reasons = new Set<string>();
    const { rows: keys } = await pool.query<SeriesKey>(
      `select distinct figure, dimensions from metrics.series where generation in ($1, $2) and figure not like 'cohort.%'`,
      [early.figures.generation.id, id],
    );
    for (const key of keys) {
      const valueAt = async ({ figures, asOf }: typeof early) => {
        const [series] = await findSeries(pool, figures.generation.id, [key]);
        return createSeriesValue(await readSeries(pool, [series ?? -1], comparedDays, asOf));
      };
      const [before, after] = [await valueAt(early), await valueAt(late)];
      const changes = new Map<number, number>();
      let cursor: string | null = null;
      do {
        const page = await readRestatementPage(pool, {
          key,
          cell: 0,
          ...comparedDays,
          limit: 7,
          after: cursor === null ? null : parseRestatementCursor(cursor),
          terms,
          since: early.asOf.epoch,
          before: late.asOf.epoch,
        });
        expect(page.items.length).toBeLessThanOrEqual(7);
        for (const { from, to, change, cause, reasons: named } of page.items) {
          causes.add(cause);
          if (cause === 'rebuild') for (const reason of named) reasons.add(reason);
          for (let day = from; day <= to; day++) changes.set(day, (changes.get(day) ?? 0) + change);
        }
        cursor = page.next === null ? null : formatRestatementCursor(page.next);
      } while (cursor !== null);
      for (let day = comparedDays.from; day <= comparedDays.to; day++)
        expect([key, day, changes.get(day) ?? 0]).toEqual([key, day, after(day) - before(day)]);
    }
    expect(causes).toContain('rebuild');
    expect(causes.size).toBeGreaterThan(1);
    expect([...reasons].toSorted()).toEqual(['journeyMap', 'timeZone: "UTC" -> "Asia/Tokyo"']);
  });

  test('is one at a time, is given up on request, and then begins again with nothing', async () => {
    const generations = await openFigures();
    const first = await beginRebuild(database.pool, wantedSettings);
    expect(await beginRebuild(database.pool, wantedSettings)).toEqual({ id: first.id, begun: false });
    await stepRebuild(partsOf(generations, 1), functionVersion);
    expect(await abandonRebuild(database.pool, first.id, 'why')).toBe(true);
    expect(await abandonRebuild(database.pool, first.id, 'why')).toBe(false);
    expect(await stepRebuild(partsOf(generations, 1), functionVersion)).toBe('none');
    expect(await switchToBuilt(partsOf(generations, 1), first.id)).toBe(false);
    const second = await beginRebuild(database.pool, wantedSettings);
    expect(second).toEqual({ id: first.id + 1, begun: true });
    expect(await stepRebuild(partsOf(generations, 1), functionVersion + 1)).toBe('none');
    await abandonRebuild(database.pool, second.id, 'why');
  });
});
