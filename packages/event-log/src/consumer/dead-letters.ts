/** Where a record goes that a consumer cannot use: kept with its bytes and the reason, and replayed when it can. */
import { inTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type { EventLog, LogRecord } from '../port.ts';

/** Days that a dead letter is kept. */
export const deadLetterRetentionDays = 90;

export interface DeadLetterReason {
  schema: string;
  group: string;
  topic: string;
  partition: number;
  record: LogRecord;
  /** Stable, such as an item code of the contracts. */
  code: string;
  message: string;
}

export interface DeadLetter {
  id: number;
  group: string;
  topic: string;
  partition: number;
  offset: number;
  key: string;
  value: string;
  code: string;
  message: string;
  savedAt: Date;
  replays: number;
  replayedAt: Date | null;
}

/**
 * In the consumer's transaction: the record is passed over if and only if it is kept. A failure must fail the
 * transaction; swallowed, it does all the same, since Postgres has aborted it.
 */
export async function saveDeadLetter(client: PoolClient, letter: DeadLetterReason): Promise<void> {
  const { schema, group, topic, partition, record, code, message } = letter;
  await client.query(
    `insert into ${schema}.dead_letter (group_name, topic, partition, record_offset, key, value, code, message)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (group_name, topic, partition, record_offset, sha256(value)) do nothing`,
    [
      group,
      topic,
      partition,
      record.offset,
      Buffer.from(record.key, 'utf8'),
      Buffer.from(record.value, 'utf8'),
      code,
      message.replaceAll('\0', '').slice(0, 2_000),
    ],
  );
}

/** Newest first. `limit` is 1 to 100; `cursor` is the `nextCursor` of the page before. */
export async function listDeadLetters(
  pool: Pool,
  options: { schema: string; limit?: number; cursor?: number },
): Promise<{ items: DeadLetter[]; nextCursor: number | null }> {
  const limit = Math.max(1, Math.min(100, options.limit ?? 100));
  const { rows } = await pool.query<LetterRow>(
    `select ${letterColumns} from ${options.schema}.dead_letter
     where $1::bigint is null or id < $1 order by id desc limit $2`,
    [options.cursor ?? null, limit + 1],
  );
  const items = rows.slice(0, limit).map(toLetter);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/**
 * Appends the record to its topic again, under its key; false when there is no such letter. Safe to repeat: one that
 * carries an outbox position gets a new one, made of the letter's id and its number of replays, since its own is below
 * the watermark; killed before the replay is noted, the same position is sent again and dropped by the receiver.
 */
export async function replayDeadLetter(
  pool: Pool,
  log: EventLog,
  options: { schema: string; id: number },
): Promise<boolean> {
  const { schema, id } = options;
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<LetterRow>(
      `select ${letterColumns} from ${schema}.dead_letter where id = $1 for update`,
      [id],
    );
    if (rows[0] === undefined) return false;
    const letter = toLetter(rows[0]);
    const value = withNewPosition(letter.value, `replay:${schema}:${id}:${letter.replays}`);
    await log.append([{ topic: letter.topic, key: letter.key, value }]);
    await client.query(
      `update ${schema}.dead_letter set replays = replays + 1, replayed_at = now() where id = $1`,
      [id],
    );
    return true;
  });
}

/** Deletes letters past their retention, at most `limit` (default 1,000) a call. Returns how many. */
export async function pruneDeadLetters(
  pool: Pool,
  options: { schema: string; retentionDays?: number; limit?: number },
): Promise<number> {
  const { schema, retentionDays = deadLetterRetentionDays, limit = 1_000 } = options;
  const { rowCount } = await pool.query(
    `delete from ${schema}.dead_letter where id in (
       select id from ${schema}.dead_letter where saved_at < now() - $1 * interval '1 day' order by saved_at limit $2)`,
    [retentionDays, limit],
  );
  return rowCount ?? 0;
}

function withNewPosition(value: string, shard: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return value;
  }
  if (typeof parsed !== 'object' || parsed === null || !('shard' in parsed) || !('sequence' in parsed))
    return value;
  return JSON.stringify({ ...parsed, shard, sequence: 1 });
}

const letterColumns = `id, group_name, topic, partition, record_offset, key, value, code, message, saved_at, replays, replayed_at`;

interface LetterRow {
  id: number;
  group_name: string;
  topic: string;
  partition: number;
  record_offset: number;
  key: Buffer;
  value: Buffer;
  code: string;
  message: string;
  saved_at: Date;
  replays: number;
  replayed_at: Date | null;
}

function toLetter(row: LetterRow): DeadLetter {
  return {
    id: row.id,
    group: row.group_name,
    topic: row.topic,
    partition: row.partition,
    offset: row.record_offset,
    key: row.key.toString('utf8'),
    value: row.value.toString('utf8'),
    code: row.code,
    message: row.message,
    savedAt: row.saved_at,
    replays: row.replays,
    replayedAt: row.replayed_at,
  };
}
