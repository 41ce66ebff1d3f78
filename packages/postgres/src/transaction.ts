/** Transactions: begin, commit, roll back, and run again what Postgres asks to be run again. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Backoff, backoffMs } from '@throughline/timing';
import type { Pool, PoolClient } from 'pg';
import { sendInOrder } from './send-together.ts';

/** A wait is drawn from nothing up to it: two transactions in conflict are to return apart. */
const backoff: Backoff = { firstMs: 10, longestMs: 250 };

/** Thrown by the function of `retryTransaction` to have everything rolled back and run again. */
export class RetryTransaction extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RetryTransaction';
  }
}

/** A transaction of `inTransaction` or `retryTransaction`, from its begin to its end. */
export interface OpenTransaction {
  /**
   * Runs `step` when all other work of the transaction is done: for rows that other transactions wait for, so that they are
   * locked for the time of the commit only, and after everything else. Steps are begun in their order, and together: each begins
   * its statements before it waits for any. Not run when the transaction is rolled back.
   */
  runLast(step: () => Promise<void>): void;
}

const openTransactions = new WeakMap<PoolClient, OpenTransaction>();

export function openTransactionOf(client: PoolClient): OpenTransaction {
  const transaction = openTransactions.get(client);
  if (transaction === undefined) throw new Error('the client is in no transaction of inTransaction');
  return transaction;
}

export interface TransactionOptions<O> {
  /**
   * Sent together with BEGIN, before that is answered: saves the wait for one answer. It may lock and read, but write nothing that
   * is not to be there without the transaction. `work` gets what it answers, once both are answered.
   */
  opening?: (client: PoolClient) => Promise<O>;
}

/**
 * Runs `work` in one READ COMMITTED transaction on one connection. Any rejection rolls back and is passed on.
 *
 * A COMMIT of a transaction that an error has aborted answers ROLLBACK without failing: a caller that swallows a query's
 * error inside `work` would believe it committed. That throws here.
 */
export async function inTransaction<T, O = void>(
  pool: Pool,
  work: (client: PoolClient, opened: O) => Promise<T>,
  { opening = () => Promise.resolve(undefined as O) }: TransactionOptions<O> = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    let opened: O | undefined;
    await sendInOrder(client, [
      () => client.query('begin isolation level read committed'),
      async () => (opened = await opening(client)),
    ]);
    const lastSteps: (() => Promise<void>)[] = [];
    openTransactions.set(client, { runLast: (step) => void lastSteps.push(step) });
    const result = await work(client, opened as O);
    await sendInOrder(client, lastSteps);
    const committed = await client.query('commit');
    if (committed.command !== 'COMMIT') {
      throw new Error('the transaction had failed before its commit and was rolled back');
    }
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    });
    throw error;
  } finally {
    openTransactions.delete(client);
    // A connection on which even ROLLBACK failed must not go back to the pool.
    client.release(broken);
  }
}

/**
 * `inTransaction`, run again after a serialization failure (40001), a deadlock (40P01) or a `RetryTransaction`,
 * with a growing random wait. After `attempts` (default 10) the last error is passed on.
 */
export async function retryTransaction<T, O = void>(
  pool: Pool,
  work: (client: PoolClient, opened: O) => Promise<T>,
  options: TransactionOptions<O> & { attempts?: number } = {},
): Promise<T> {
  const attempts = options.attempts ?? 10;
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(pool, work, options);
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error;
      await delay(Math.random() * backoffMs(backoff, attempt));
    }
  }
}

/** Looks along the causes too: query builders wrap the driver's error. */
function isRetryable(error: unknown): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    if (current instanceof RetryTransaction) return true;
    const code = (current as { code?: unknown }).code;
    if (code === '40001' || code === '40P01') return true;
  }
  return false;
}
