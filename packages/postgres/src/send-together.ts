/**
 * Sends the statements that a function begins in one write. With a pipeline each is otherwise a write of its own, and with few
 * rows the writes are most of what a statement costs the sender.
 */
import type { PoolClient } from 'pg';

/**
 * Executes in this order, and sends together what a pipeline lets be sent before the answers come.
 *
 * @param steps each begins its statements before it waits for any
 * @returns what the steps answer
 */
export async function sendInOrder<T extends readonly unknown[]>(
  client: PoolClient,
  steps: readonly [...{ [Place in keyof T]: () => Promise<T[Place]> }],
): Promise<T> {
  const begins = steps as readonly (() => Promise<unknown>)[];
  let answers: unknown[] = [];
  if (client.pipeline) answers = await sendTogether(client, () => allOrCause(begins.map((begin) => begin())));
  else for (const begin of begins) answers.push(await begin());
  return answers as unknown as T;
}

/**
 * `Promise.all` of statements of one transaction that were sent together: rejects with what the first of them failed with.
 * Those behind it fail too, with nothing but that the transaction has failed, and their answers come with the first one's.
 */
export async function allOrCause<T extends readonly unknown[]>(
  statements: readonly [...{ [Place in keyof T]: Promise<T[Place]> }],
): Promise<T> {
  const settled = await Promise.allSettled(statements as readonly Promise<unknown>[]);
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failures.length > 0) throw failures.find((failure) => !isConsequence(failure)) ?? failures[0];
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined)) as unknown as T;
}

/** in_failed_sql_transaction */
function isConsequence(failure: unknown): boolean {
  return (failure as { code?: unknown } | null)?.code === '25P02';
}

/** @param begin begins statements of the client without waiting for any, such as by `allOrCause` */
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
