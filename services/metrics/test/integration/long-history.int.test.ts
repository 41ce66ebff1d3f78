import { inTransaction } from '@throughline/postgres';
import type { TouchpointResolved } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { verifyFigures } from '../../src/db/verification/verify-figures.ts';
import { purchaseRecord } from '../purchase-record.ts';
import { firstDay, idOf } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
let figures: FigureContext;
beforeAll(async () => {
  database = await createMetricsDatabase();
  figures = await createFigures(database.pool);
  const records = Array.from({ length: 600 }, (_value, day) => touchpoint(day, day, 'Product Viewed'));
  await inTransaction(database.consumerPool, (client) =>
    applyRecords(client, figures, { partition: 0, records }, new Set()),
  );
  await database.pool.query('analyze metrics.stage_mark, metrics.activity_day');
});
afterAll(() => database.drop());

const person = idOf('a', 1);

function touchpoint(key: number, day: number, name: string): TouchpointResolved {
  return purchaseRecord({
    number: key,
    identifier: person,
    at: (firstDay + day) * 86_400_000 + key,
    touchpoint: { id: `t${key}`, source: 'shop', name },
  });
}

test('another visit on the last of 600 days reads a few of them', async () => {
  const records = [touchpoint(900, 599, 'Product Viewed')];
  const [before = 0, after = 0] = await inTransaction(database.consumerPool, async (client) => {
    // Of this connection, also of transactions before this one.
    const countRead = async () => {
      const { rows } = await client.query<{ rows: number }>(
        `select sum(idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
         where schemaname = 'metrics' and relname in ('stage_mark', 'activity_day')`,
      );
      return rows[0]?.rows;
    };
    const start = await countRead();
    await applyRecords(client, figures, { partition: 0, records }, new Set());
    return [start, await countRead()];
  });
  expect(after - before).toBeGreaterThan(0);
  expect(after - before).toBeLessThan(300);
});

test('a first purchase before 600 days of visits is a walk of few statements, and the figures are exact', async () => {
  let counted: { mock: { calls: unknown[] }; mockRestore(): void } | undefined;
  await inTransaction(database.consumerPool, async (client) => {
    counted = vi.spyOn(client, 'query');
    const records = [touchpoint(1_000, 0, 'Order Completed')];
    await applyRecords(client, figures, { partition: 0, records }, new Set());
  });
  const statements = counted?.mock.calls.length ?? 0;
  counted?.mockRestore();
  expect(statements).toBeGreaterThan(0);
  expect(statements).toBeLessThan(40);
  const { checked, differences } = await verifyFigures(database.pool, figures.generation.id);
  expect(differences).toEqual([]);
  expect(checked).toBeGreaterThan(0);
});
