import { inTransaction, runMigrations } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consumerMigrations, listDeadLetters, pruneDeadLetters, saveDeadLetter } from '../../src/index.ts';
import { openPool } from '../open-log.ts';

const schema = 'consumer';
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool(database.connectionString);
  await runMigrations(pool, { schema, directories: [consumerMigrations] });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function save(offset: number, value = 'v'): Promise<void> {
  await inTransaction(pool, (client) =>
    saveDeadLetter(client, {
      schema,
      group: 'readers',
      topic: 't',
      partition: 0,
      state: 'dead',
      code: 'unreadable_record',
      message: 'm\0',
      record: { offset, key: 'k', value },
    }),
  );
}

describe('dead letters', () => {
  test('are listed newest first, page by page, each record once', async () => {
    for (const offset of [0, 1, 2, 2, 3, 4]) await save(offset);
    const first = await listDeadLetters(pool, { schema, limit: 3 });
    expect(first.items.map((letter) => letter.offset)).toEqual([4, 3, 2]);
    const second = await listDeadLetters(pool, { schema, limit: 3, cursor: first.nextCursor ?? 0 });
    expect(second.items.map((letter) => letter.offset)).toEqual([1, 0]);
    expect(second.nextCursor).toBeNull();
  });

  test('are kept beside those that a former log of the same name has at their offset', async () => {
    await save(4, 'of the log that was created again');
    const { items } = await listDeadLetters(pool, { schema, limit: 2 });
    expect(items.map(({ offset, value }) => ({ offset, value }))).toEqual([
      { offset: 4, value: 'of the log that was created again' },
      { offset: 4, value: 'v' },
    ]);
    await pool.query('delete from consumer.dead_letter where id = $1', [items[0]?.id]);
  });

  test('fail the transaction when they cannot be saved, even if the error is swallowed', async () => {
    await pool.query('alter table consumer.dead_letter add constraint never check (record_offset <> 77)');
    const swallowing = inTransaction(pool, async (client) => {
      await client.query("insert into consumer.consumer_offset values ('readers', 't', 0, 78)");
      await saveDeadLetter(client, {
        schema,
        group: 'readers',
        topic: 't',
        partition: 0,
        state: 'dead',
        code: 'unreadable_record',
        message: '',
        record: { offset: 77, key: 'k', value: 'v' },
      }).catch(() => {});
    });
    await expect(swallowing).rejects.toThrow(/rolled back/);
    expect((await pool.query('select from consumer.consumer_offset')).rowCount).toBe(0);
  });

  test('are kept for 90 days, and pruned a bounded number at a time', async () => {
    await pool.query(
      "update consumer.dead_letter set saved_at = now() - interval '91 days' where record_offset < 3",
    );
    await pool.query(
      "update consumer.dead_letter set saved_at = now() - interval '89 days' where record_offset = 3",
    );
    expect(await pruneDeadLetters(pool, { schema, limit: 2 })).toBe(2);
    expect(await pruneDeadLetters(pool, { schema, limit: 2 })).toBe(1);
    expect(await pruneDeadLetters(pool, { schema, limit: 2 })).toBe(0);
    const { items } = await listDeadLetters(pool, { schema });
    expect(items.map((letter) => letter.offset)).toEqual([4, 3]);
  });
});
