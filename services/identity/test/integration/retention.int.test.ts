import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pruneCopies, prunedTables } from '../../src/db/prune-copies.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

async function insert(daysAgo: number): Promise<void> {
  const id = randomUUID();
  await harness.pool.query(
    `insert into identity.rejection (rejection_id, id, source, received_at, code, field, message, stored_at)
     values ($1, 'x', 'website', now(), 'invalid_time', '', '', now() - make_interval(days => $2))`,
    [id, daysAgo],
  );
  await harness.pool.query(
    `insert into identity.touchpoint_conflict (key, body_hash, received_at, request_id, stored_at)
     values ($1, 'h', now(), 'r', now() - make_interval(days => $2))`,
    [id, daysAgo],
  );
}

async function ages(table: string): Promise<number[]> {
  const { rows } = await harness.pool.query<{ days: number }>(
    `select extract(day from now() - stored_at)::integer as days from identity.${table} order by days`,
  );
  return rows.map(({ days }) => days);
}

describe('the retention of copies', () => {
  test('ends for what was stored longer ago, and for nothing else', async () => {
    for (const days of [0, 29, 31, 400]) await insert(days);
    for (const table of prunedTables) {
      expect(await pruneCopies(harness.pool, table, 30)).toBe(2);
      expect(await ages(table)).toEqual([0, 29]);
      expect(await pruneCopies(harness.pool, table, 30)).toBe(0);
    }
  });

  test.each(prunedTables)('reads %s by an index', async (table) => {
    const client = await harness.pool.connect();
    try {
      await client.query('set enable_seqscan = off');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain select 1 from identity.${table} where stored_at < now() order by stored_at limit 10`,
      );
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(`${table}_stored`);
    } finally {
      await client.query('reset enable_seqscan');
      client.release();
    }
  });
});
