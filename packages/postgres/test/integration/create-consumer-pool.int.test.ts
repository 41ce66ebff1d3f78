import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConsumerPool, inTransaction } from '../../src/index.ts';
import { startOwnServer, type OwnServer } from './own-server.ts';

let server: OwnServer;
let pool: Pool;

beforeAll(async () => {
  server = await startOwnServer();
  pool = createConsumerPool({
    connectionString: server.connectionString,
    applicationName: 'test',
    max: 1,
    onError: (error) => console.error(error),
  });
  await pool.query('create table entry (id int primary key)');
});

beforeEach(async () => {
  await pool.query('truncate entry');
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

const insert = (id: number) => ({
  name: 'insert-entry',
  text: 'insert into entry values ($1)',
  values: [id],
});

async function storedIds(): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>('select id from entry order by id');
  return rows.map(({ id }) => id);
}

describe('statements of a consumer that are begun together', () => {
  test('are executed in the order in which they were begun', async () => {
    const ids = await inTransaction(pool, async (client) => {
      const [, , { rows }] = await Promise.all([
        client.query(insert(1)),
        client.query(insert(2)),
        client.query<{ id: number }>('select id from entry order by id'),
        client.query(insert(3)),
      ]);
      return rows.map(({ id }) => id);
    });
    expect(ids).toEqual([1, 2]);
    expect(await storedIds()).toEqual([1, 2, 3]);
  });

  test('have no effect when one of them fails, and the failure is that of the first', async () => {
    const failing = inTransaction(pool, async (client) => {
      await Promise.all([
        client.query(insert(1)),
        client.query({ ...insert(1), name: 'insert-again' }),
        client.query({ name: 'count-entries', text: 'select count(*) from entry' }),
      ]);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await storedIds()).toEqual([]);
    // On the same connection, also those that were prepared in vain.
    await inTransaction(pool, async (client) => {
      await Promise.all([
        client.query(insert(1)),
        client.query({ ...insert(2), name: 'insert-again' }),
        client.query({ name: 'count-entries', text: 'select count(*) from entry' }),
      ]);
    });
    expect(await storedIds()).toEqual([1, 2]);
  });

  test('are not believed to be committed when a failure among them was ignored', async () => {
    const swallowing = inTransaction(pool, async (client) => {
      await Promise.allSettled([client.query(insert(1)), client.query(insert(1)), client.query(insert(2))]);
    });
    await expect(swallowing).rejects.toThrow('rolled back');
    expect(await storedIds()).toEqual([]);
  });
});
