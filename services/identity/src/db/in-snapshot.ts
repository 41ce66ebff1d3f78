/**
 * Runs reads that must agree with each other. A question waits for the database once for all statements that are sent together: on a
 * busy machine each wait is a turn of two queues, that of the server's processes and that of this one's event loop.
 */
import { sendInOrder } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';

export interface SnapshotOptions<O> {
  /** Sent together with what begins the transaction: saves the wait for one answer. `work` gets what it answers. */
  opening?: (client: PoolClient) => Promise<O>;
}

export async function inSnapshot<T, O = void>(
  pool: Pool,
  work: (client: PoolClient, opened: O) => Promise<T>,
  { opening = () => Promise.resolve(undefined as O) }: SnapshotOptions<O> = {},
): Promise<T> {
  const client = await pool.connect();
  try {
    const [, opened] = await sendInOrder(client, [
      () => client.query('begin isolation level repeatable read, read only'),
      () => opening(client),
    ]);
    return await work(client, opened);
  } finally {
    void leave(client);
  }
}

/** Nothing was written, so the answer does not wait for the transaction's end. Never rejects. */
async function leave(client: PoolClient): Promise<void> {
  let broken: Error | undefined;
  await client.query('rollback').catch((error: unknown) => {
    broken = error instanceof Error ? error : new Error(String(error));
  });
  // A connection on which even ROLLBACK failed must not go back to the pool.
  client.release(broken);
}
