/** The dead letters that are retried apart: found when they are due, claimed by one process at a time, finished. */
import type { DeadLetterCode } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';
import type { ConsumerIdentity } from '../consumer/consume-in-transaction.ts';
import {
  letterColumns,
  maxMessageLength,
  storableText,
  toLetter,
  type DeadLetterRow,
} from '../consumer/dead-letter.ts';
import type { LogRecord } from '../port.ts';
import type { RetryPolicy } from './consumer.ts';
import type { TouchpointReference } from './parsed-record.ts';

export interface DueLetter {
  id: number;
  topic: string;
  partition: number;
  record: LogRecord;
  state: string;
  /** This one included. */
  attempts: number;
  touchpoint: TouchpointReference | undefined;
}

const maxWoken = 10_000;

/**
 * Counts the attempt and says when the next is due, in a transaction of its own. Null when nothing is due.
 *
 * @param passedOver ids that are left to other processes
 */
export async function claimDueLetter(
  pool: Pool,
  { schema, group }: ConsumerIdentity,
  { firstMs, longestMs }: RetryPolicy,
  passedOver: ReadonlySet<number>,
): Promise<DueLetter | null> {
  const { rows } = await pool.query<DeadLetterRow>(
    `update ${schema}.dead_letter
     set attempts = attempts + 1,
       next_attempt_at = now() + least($2::float8, $3::float8 * power(4, least(attempts + 1, 20))) * interval '1 millisecond'
     where id = (
       select id from ${schema}.dead_letter where group_name = $1 and next_attempt_at <= now() and id <> all($4::bigint[])
       order by next_attempt_at limit 1 for update skip locked)
     returning ${letterColumns}`,
    [group, longestMs, firstMs, [...passedOver]],
  );
  if (rows[0] === undefined) return null;
  const { id, topic, partition, offset, key, value, state, attempts, touchpoint } = toLetter(rows[0]);
  const record = { offset, key, value };
  return { id, topic, partition, record, state, attempts, touchpoint: touchpoint ?? undefined };
}

/** Takes the claim back, so that another process may claim the letter at once. */
export async function returnLetter(pool: Pool, schema: string, id: number): Promise<void> {
  await pool.query(
    `update ${schema}.dead_letter set attempts = attempts - 1, next_attempt_at = now()
     where id = $1 and next_attempt_at is not null`,
    [id],
  );
}

/** Whether the letter is still to be retried; locked until the transaction ends. */
export async function lockDueLetter(client: PoolClient, schema: string, id: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from ${schema}.dead_letter where id = $1 and next_attempt_at is not null for update`,
    [id],
  );
  return rowCount === 1;
}

export async function markProcessed(client: PoolClient, schema: string, id: number): Promise<void> {
  await client.query(
    `update ${schema}.dead_letter set state = 'replayed', replayed_at = now(), next_attempt_at = null where id = $1`,
    [id],
  );
}

interface Reason {
  code: DeadLetterCode;
  message: string;
}

/** A record of a kind that is known by now, and that fails. */
export async function markStuck(pool: Pool, schema: string, id: number, reason: Reason): Promise<void> {
  await pool.query(
    `update ${schema}.dead_letter set state = 'stuck', code = $2, message = $3, attempts = 1
     where id = $1 and next_attempt_at is not null`,
    [id, reason.code, storableText(reason.message, maxMessageLength)],
  );
}

/** False when it is not to be retried any more. */
export async function markDead(pool: Pool, schema: string, id: number, reason: Reason): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update ${schema}.dead_letter set state = 'dead', code = $2, message = $3, next_attempt_at = null
     where id = $1 and next_attempt_at is not null`,
    [id, reason.code, storableText(reason.message, maxMessageLength)],
  );
  return rowCount === 1;
}

/** Makes the records of unknown kinds due, oldest first. */
export async function wakeWaiting(pool: Pool, { schema, group }: ConsumerIdentity): Promise<void> {
  await pool.query(
    `update ${schema}.dead_letter set next_attempt_at = now() where id in (
       select id from ${schema}.dead_letter where state = 'waiting' and group_name = $1 order by id limit ${maxWoken})`,
    [group],
  );
}
