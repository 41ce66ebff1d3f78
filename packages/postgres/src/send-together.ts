/**
 * Sends the statements that a function begins in one write. With a pipeline each is otherwise a write of its own, and with few
 * rows the writes are most of what a statement costs the sender.
 */
import type { PoolClient } from 'pg';

/** @param begin begins statements of the client without waiting for any, such as by `Promise.all` */
export async function sendTogether<T>(client: PoolClient, begin: () => Promise<T>): Promise<T> {
  const { stream } = client.connection;
  stream.cork();
  let begun: Promise<T>;
  try {
    begun = begin();
  } finally {
    stream.uncork();
  }
  return await begun;
}
