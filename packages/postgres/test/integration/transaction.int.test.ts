import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allOrCause,
  createPool,
  inTransaction,
  openTransactionOf,
  RetryTransaction,
  retryTransaction,
} from '../../src/index.ts';
import { startOwnServer, type OwnServer } from './own-server.ts';

let server: OwnServer;
let pool: Pool;
const poolErrors: Error[] = [];

beforeAll(async () => {
  server = await startOwnServer();
  pool = createPool({
    connectionString: server.connectionString,
    applicationName: 'test',
    onError: (error) => poolErrors.push(error),
  });
  await pool.query('create table account (id int primary key, amount bigint not null)');
  await pool.query('insert into account values (1, 0), (2, 0)');
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

describe('createPool', () => {
  test('speaks UTC, reads int8 as numbers and dates as text', async () => {
    const { rows } = await pool.query(
      "select current_setting('TimeZone') as zone, 7::int8 as one, array[1, null]::int8[] as several, date '2026-02-01' as day",
    );
    expect(rows[0]).toEqual({ zone: 'UTC', one: 7, several: [1, null], day: '2026-02-01' });
  });

  test('refuses an int8 that a number cannot hold, rather than round it', async () => {
    await expect(pool.query('select 9007199254740993::int8')).rejects.toThrow(/safe integer/);
  });

  test('gives up a statement at its timeout', async () => {
    const impatient = createPool({
      connectionString: server.connectionString,
      applicationName: 'test',
      statementTimeoutMs: 100,
      onError: () => {},
    });
    await expect(impatient.query('select pg_sleep(600)')).rejects.toMatchObject({ code: '57014' });
    await impatient.end();
  });

  test('survives a connection that is ended while it is checked out and idle', async () => {
    const client = await pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await expect.poll(() => poolErrors.length).toBeGreaterThan(0);
    client.release(true);
    await expect(pool.query('select 1')).resolves.toBeDefined();
  });
});

describe('inTransaction', () => {
  test('rolls back everything when the function throws', async () => {
    const work = inTransaction(pool, async (client) => {
      await client.query('update account set amount = 99 where id = 1');
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    const { rows } = await pool.query('select amount from account where id = 1');
    expect(rows).toEqual([{ amount: 0 }]);
  });

  test('does not pass a swallowed error off as a commit', async () => {
    const work = inTransaction(pool, async (client) => {
      await client.query('select 1 / 0').catch(() => {});
    });
    await expect(work).rejects.toThrow(/rolled back/);
  });
});

describe('retryTransaction', () => {
  test('runs again the one of two deadlocked transactions that Postgres ended', async () => {
    let attempts = 0;
    let arrived = 0;
    let bothAreIn: () => void;
    const both = new Promise<void>((resolve) => (bothAreIn = resolve));
    const addInOrder = (first: number, second: number) =>
      retryTransaction(pool, async (client) => {
        attempts++;
        await client.query('update account set amount = amount + 1 where id = $1', [first]);
        if (++arrived === 2) bothAreIn();
        await both;
        await client.query('update account set amount = amount + 1 where id = $1', [second]);
      });
    await Promise.all([addInOrder(1, 2), addInOrder(2, 1)]);
    expect(attempts).toBe(3);
    const { rows } = await pool.query('select amount from account order by id');
    expect(rows).toEqual([{ amount: 2 }, { amount: 2 }]);
  });

  test('runs again on RetryTransaction, also as a cause, and gives up after the attempts', async () => {
    let runs = 0;
    const work = retryTransaction(
      pool,
      () => {
        runs++;
        throw new Error('wrapped', { cause: new RetryTransaction('again') });
      },
      { attempts: 3 },
    );
    await expect(work).rejects.toThrow('wrapped');
    expect(runs).toBe(3);
  });

  test('does not run again what failed for any other reason', async () => {
    let runs = 0;
    const work = retryTransaction(pool, async (client) => {
      runs++;
      await client.query('select 1 / 0');
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
    expect(runs).toBe(1);
  });
});

describe('the last steps of a transaction', () => {
  test('run after all its other work, in their order, and within it', async () => {
    const seen: string[] = [];
    const failing = inTransaction(pool, (client) => {
      const transaction = openTransactionOf(client);
      for (const name of ['first', 'second']) {
        transaction.runLast(async () => {
          seen.push(name);
          await client.query('update account set amount = 99 where id = 2');
          if (name === 'second') throw new Error('no');
        });
      }
      seen.push('work');
      return Promise.resolve();
    });
    await expect(failing).rejects.toThrow('no');
    expect(seen).toEqual(['work', 'first', 'second']);
    const { rows } = await pool.query('select from account where amount = 99');
    expect(rows).toHaveLength(0);
  });

  test('do not run when it is rolled back, nor in another one', async () => {
    let runs = 0;
    const failing = inTransaction(pool, (client) => {
      openTransactionOf(client).runLast(() => Promise.resolve(void runs++));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const client = await inTransaction(pool, (used) => Promise.resolve(used));
    expect(runs).toBe(0);
    expect(() => openTransactionOf(client)).toThrow('no transaction');
  });
});

describe.each([
  ['with a pipeline', true],
  ['without one', false],
])('the opening of a transaction, %s', (_name, pipeline) => {
  let own: Pool;
  beforeAll(() => {
    own = createPool({
      connectionString: server.connectionString,
      applicationName: 'test',
      pipeline,
      onError: () => {},
    });
  });
  afterAll(() => own.end());

  test('is within it, and answers before the work begins', async () => {
    const seen = await inTransaction(
      own,
      async (client, opened: { begun: Date }) => {
        const { rows } = await client.query<{ begun: Date }>('select transaction_timestamp() as begun');
        return [opened, rows[0]];
      },
      {
        opening: async (client) => {
          const { rows } = await client.query<{ begun: Date }>('select transaction_timestamp() as begun');
          return rows[0] ?? { begun: new Date(0) };
        },
      },
    );
    expect(seen[0]).toEqual(seen[1]);
  });

  test('that fails leaves nothing, and the work is not begun', async () => {
    let runs = 0;
    const work = inTransaction(own, () => Promise.resolve(void runs++), {
      opening: async (client) => {
        await client.query('update account set amount = 99 where id = 1');
        await client.query('select 1 / 0');
      },
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
    expect(runs).toBe(0);
    const { rows } = await pool.query('select from account where amount = 99');
    expect(rows).toHaveLength(0);
  });

  test('is followed by the last steps, which are executed in their order', async () => {
    await inTransaction(own, async (client) => {
      const transaction = openTransactionOf(client);
      for (const change of ['amount = 5', 'amount = amount * 2']) {
        transaction.runLast(async () => {
          await client.query(`update account set ${change} where id = 2`);
        });
      }
      await Promise.resolve();
    });
    const { rows } = await pool.query('select amount from account where id = 2');
    expect(rows).toEqual([{ amount: 10 }]);
  });
});

test('statements that were sent together fail with what the first of them failed with', async () => {
  const own = createPool({
    connectionString: server.connectionString,
    applicationName: 'test',
    pipeline: true,
    onError: () => {},
  });
  const later = async (statement: Promise<unknown>) => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    await statement.catch(async (error: unknown) => {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      throw error;
    });
  };
  const work = inTransaction(own, (client) =>
    allOrCause([later(client.query('select 1 / 0')), client.query('select 1'), client.query('select 2')]),
  );
  await expect(work).rejects.toMatchObject({ code: '22012' });
  await own.end();
});
