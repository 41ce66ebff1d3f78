import { retryTransaction } from '@throughline/postgres';
import type { ResolvedRecord } from '@throughline/contracts';
import fc from 'fast-check';
import { testRuns } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { verifyFigures } from '../../src/db/verification/verify-figures.ts';
import { wholeScope } from '../../src/db/verification/verification-scope.ts';
import { expectedFigures } from '../expected-figures.ts';
import { deliveries } from '../resolved-histories.ts';
import {
  createFigures,
  createMetricsDatabase,
  readFigures,
  type MetricsDatabase,
} from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

async function applyPartition(
  figures: FigureContext,
  partition: number,
  batches: readonly (readonly ResolvedRecord[])[],
): Promise<void> {
  for (const records of batches) {
    const remembered = new Set<string>();
    await retryTransaction(
      database.consumerPool,
      (client) => applyRecords(client, figures, { partition, records }, remembered),
      { attempts: 50 },
    );
  }
}

describe('figures on Postgres', () => {
  test('are those of the reference model when two partitions are consumed at once, and verify clean', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, fc.boolean(), async ({ delivered, partitions }, foldsEarly) => {
        const figures = await createFigures(database.pool);
        const generation = figures.generation.id;
        const fold = () => foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas: 7 });
        const work = partitions.map((batches, partition) => applyPartition(figures, partition, batches));
        if (foldsEarly) while ((await fold()) > 0);
        await Promise.all(work);
        const expected = expectedFigures(delivered);
        expect(await readFigures(database.pool, figures)).toEqual(expected);
        if (foldsEarly) while ((await fold()) > 0);
        expect(await readFigures(database.pool, figures)).toEqual(expected);
        for (const sample of [null, 0.5]) {
          const { differences } = await verifyFigures(database.pool, generation, { ...wholeScope, sample });
          expect(differences).toEqual([]);
        }
      }),
      { numRuns: testRuns(4) },
    );
  });

  test('a cell that was changed by hand is found by the verification', async () => {
    const figures = await createFigures(database.pool);
    const generation = figures.generation.id;
    const [{ partitions } = { partitions: [] }] = fc.sample(
      deliveries.filter(({ delivered }) => expectedFigures(delivered).length > 50),
      { numRuns: 1, seed: 1 },
    );
    for (const [partition, batches] of partitions.entries())
      await applyPartition(figures, partition, batches);
    while ((await foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas: 100 })) > 0);
    const before = await verifyFigures(database.pool, generation);
    expect(before.differences).toEqual([]);
    expect(before.checked).toBeGreaterThan(0);
    const { rows } = await database.pool.query<{ day: number; amount: number; figure: string }>(
      `update metrics.figure_day set amount = amount + 1
       where (series, day) = (
         select series, day from metrics.figure_day where series = any($1) order by series, day limit 1)
       returning day, amount, (select figure from metrics.series where id = series) as figure`,
      [figures.generation.seriesIds],
    );
    const planted = rows[0];
    const after = await verifyFigures(database.pool, generation);
    expect(after.differenceCount).toBe(1);
    const day = planted?.day ?? 0;
    const within = await verifyFigures(database.pool, generation, { from: day, to: day, sample: null });
    expect(within.differences).toEqual(after.differences);
    const beside = await verifyFigures(database.pool, generation, { from: day + 1, to: null, sample: null });
    expect(beside.differences).toEqual([]);
    expect(beside.checked).toBeGreaterThan(0);
    expect(beside.checked).toBeLessThan(after.checked);
    expect(after.differences[0]).toMatchObject({
      figure: planted?.figure,
      day: planted?.day,
      maintained: planted?.amount,
      recomputed: (planted?.amount ?? 0) - 1,
    });
  });

  test('a cell of cohorts that was changed by hand, or put into the block of other days, is found by the verification', async () => {
    const figures = await createFigures(database.pool);
    const generation = figures.generation.id;
    const [{ partitions } = { partitions: [] }] = fc.sample(
      deliveries.filter(({ delivered }) => expectedFigures(delivered).length > 50),
      { numRuns: 1, seed: 1 },
    );
    for (const [partition, batches] of partitions.entries())
      await applyPartition(figures, partition, batches);
    while ((await foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas: 100 })) > 0);
    expect((await verifyFigures(database.pool, generation)).differences).toEqual([]);
    const changeFirst = (change: string) =>
      database.pool.query(
        `update metrics.figure_cohort set ${change} where id = (
           select min(id) from metrics.figure_cohort where series = any($1))`,
        [figures.generation.seriesIds],
      );
    for (const [change, back] of [
      ['amounts[1] = amounts[1] + 1', 'amounts[1] = amounts[1] - 1'],
      ['block = block + 1', 'block = block - 1'],
    ] as const) {
      await changeFirst(change);
      const { differences } = await verifyFigures(database.pool, generation);
      expect(new Set(differences.map(({ of }) => of))).toEqual(new Set(['changes']));
      expect(differences[0]).toMatchObject({
        figure: expect.stringMatching(/^cohort\./) as string,
        dimensions: { bucket: expect.any(Number) as number, previous: expect.any(Number) as number },
      });
      await changeFirst(back);
    }
  });

  test('a fact that was lost, or moved behind the back of the figures, is found by the verification', async () => {
    const figures = await createFigures(database.pool);
    const generation = figures.generation.id;
    const [{ partitions } = { partitions: [] }] = fc.sample(
      deliveries.filter(({ delivered }) => expectedFigures(delivered).length > 50),
      { numRuns: 1, seed: 2 },
    );
    for (const [partition, batches] of partitions.entries())
      await applyPartition(figures, partition, batches);
    await database.pool.query('delete from metrics.fact');
    const { differences } = await verifyFigures(database.pool, generation);
    expect(new Set(differences.map(({ of }) => of))).toEqual(
      new Set(['figure', 'blocks', 'changes', 'restatements', 'histories']),
    );
    expect(differences.filter(({ recomputed }) => recomputed !== 0)).toEqual([]);
  });

  test.each([
    ['occurrences', 'update metrics.activity_day set count = count + 1 where not is_attached'],
    ['attached', 'update metrics.activity_day set count = count + 1 where is_attached'],
    ['sales', 'update metrics.sales_day set revenue = revenue + 1 where not is_attached'],
    ['attached_sales', 'update metrics.sales_day set refunds = refunds + 1 where is_attached'],
    ['group_mark', `update metrics.group_mark set value = 'x' where true`],
    ['stage_mark', `update metrics.stage_mark set root = gen_random_uuid() where true`],
    [
      'attached_identifying',
      'update metrics.identifier set attached_identifying = attached_identifying + 1 where true',
    ],
  ])(
    'a history whose %s were changed by hand is found by the verification, with its profile, in a sample too',
    async (figure, change) => {
      const figures = await createFigures(database.pool);
      const generation = figures.generation.id;
      const [{ partitions } = { partitions: [] }] = fc.sample(
        deliveries.filter(({ delivered }) => expectedFigures(delivered).length > 50),
        { numRuns: 1, seed: 3 },
      );
      for (const [partition, batches] of partitions.entries())
        await applyPartition(figures, partition, batches);
      expect((await verifyFigures(database.pool, generation)).differences).toEqual([]);
      await database.pool.query(`${change} and generation = $1`, [generation]);
      const { differences } = await verifyFigures(database.pool, generation);
      expect(differences).toContainEqual(expect.objectContaining({ of: 'histories', figure }));
      const sampled = await verifyFigures(database.pool, generation, { ...wholeScope, sample: 1 });
      // Of unidentified profiles there is no sample.
      expect(sampled.differences).not.toEqual([]);
      for (const difference of sampled.differences) expect(differences).toContainEqual(difference);
      expect(new Set(sampled.differences.map(({ of }) => of))).toEqual(new Set(['histories']));
      const { rows } = await database.pool.query<{ profile: string }>(
        'select distinct profile from metrics.identifier where generation = $1',
        [generation],
      );
      const profiles = new Set(rows.map(({ profile }) => profile));
      expect(sampled.profiles.length).toBeGreaterThan(0);
      for (const profile of sampled.profiles) expect(profiles).toContain(profile);
    },
  );
});
