/** Where a record goes that a consumer cannot use: kept with its bytes and the reason, and replayed when it can. */
import type { DeadLetterCode, DeadLetterState } from '@throughline/contracts';
import { inTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type { EventLog, LogRecord } from '../port.ts';
import {
  letterColumns,
  maxMessageLength,
  storableText,
  toLetter,
  type DeadLetter,
  type DeadLetterRow,
} from './dead-letter.ts';

/** Days that a dead letter is kept. */
export const deadLetterRetentionDays = 90;

export interface DeadLetterReason {
  schema: string;
  group: string;
  topic: string;
  partition: number;
  record: LogRecord;
  state: Exclude<DeadLetterState, 'replayed'>;
  code: DeadLetterCode;
  message: string;
  touchpoint?: { source: string; id: string } | undefined;
  /** Attempts apart that count as made; with `retryInMs` given, the next is due after it. */
  attempts?: number;
  retryInMs?: number | undefined;
}

const maxTextLength = 200;

/**
 * In the consumer's transaction: the record is passed over if and only if it is kept. A failure must fail the
 * transaction; swallowed, it does all the same, since Postgres has aborted it. Returns the letter's id, null when the
 * record was kept before.
 */
export async function saveDeadLetter(client: PoolClient, letter: DeadLetterReason): Promise<number | null> {
  const { schema, group, topic, partition, record, state, code, message, touchpoint } = letter;
  const { rows } = await client.query<{ id: number }>(
    `insert into ${schema}.dead_letter (group_name, topic, partition, record_offset, key, value, state, code, message,
       touchpoint_source, touchpoint_id, attempts, next_attempt_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now() + $13 * interval '1 millisecond')
     on conflict (group_name, topic, partition, record_offset, sha256(value)) do nothing returning id`,
    [
      group,
      topic,
      partition,
      record.offset,
      Buffer.from(record.key, 'utf8'),
      Buffer.from(record.value, 'utf8'),
      state,
      code,
      storableText(message, maxMessageLength),
      touchpoint === undefined ? null : storableText(touchpoint.source, maxTextLength),
      touchpoint === undefined ? null : storableText(touchpoint.id, maxTextLength),
      letter.attempts ?? 0,
      letter.retryInMs ?? null,
    ],
  );
  return rows[0]?.id ?? null;
}

export interface DeadLetterFilter {
  group?: string | undefined;
  /** Default: every state but `replayed`. */
  state?: DeadLetterState | undefined;
  code?: string | undefined;
}

export interface DeadLetterPage {
  items: DeadLetter[];
  nextCursor: number | null;
}

/** Newest first. `limit` is 1 to 100; `cursor` is the `nextCursor` of the page before. */
export async function listDeadLetters(
  pool: Pool,
  options: DeadLetterFilter & { schema: string; limit?: number; cursor?: number | undefined },
): Promise<DeadLetterPage> {
  const limit = Math.max(1, Math.min(100, options.limit ?? 100));
  const { rows } = await pool.query<DeadLetterRow>(
    `select ${letterColumns} from ${options.schema}.dead_letter
     where ($1::bigint is null or id < $1) and ($3::text is null or group_name = $3)
       and (state = $4 or $4 is null and state <> 'replayed') and ($5::text is null or code = $5)
     order by id desc limit $2`,
    [options.cursor ?? null, limit + 1, options.group ?? null, options.state ?? null, options.code ?? null],
  );
  const items = rows.slice(0, limit).map(toLetter);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export async function findDeadLetter(
  pool: Pool,
  { schema, id }: { schema: string; id: number },
): Promise<DeadLetter | null> {
  const { rows } = await pool.query<DeadLetterRow>(
    `select ${letterColumns} from ${schema}.dead_letter where id = $1`,
    [id],
  );
  return rows[0] === undefined ? null : toLetter(rows[0]);
}

/**
 * For the trace of a touchpoint, newest first. Without `source`, of every source that has the id. What was replayed since
 * is among them.
 */
export async function findDeadLettersOfTouchpoint(
  pool: Pool,
  options: { schema: string; id: string; source?: string | undefined; limit: number },
): Promise<DeadLetter[]> {
  const { schema, id, source, limit } = options;
  const { rows } = await pool.query<DeadLetterRow>(
    `select ${letterColumns} from ${schema}.dead_letter
     where touchpoint_id = $1 and ($2::text is null or touchpoint_source = $2) order by id desc limit $3`,
    [
      storableText(id, maxTextLength),
      source === undefined ? null : storableText(source, maxTextLength),
      limit,
    ],
  );
  return rows.map(toLetter);
}

/**
 * Appends the record to its topic again, under its key; false when there is no such letter. Safe to repeat: one that
 * carries an outbox position gets a new one, made of the letter's id and its number of replays, since its own is below
 * the watermark; killed before the replay is noted, the same position is sent again and dropped by the receiver.
 */
export async function replayDeadLetter(
  pool: Pool,
  log: Pick<EventLog, 'append'>,
  options: { schema: string; id: number },
): Promise<boolean> {
  const { schema, id } = options;
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<DeadLetterRow>(
      `select ${letterColumns} from ${schema}.dead_letter where id = $1 for update`,
      [id],
    );
    if (rows[0] === undefined) return false;
    const letter = toLetter(rows[0]);
    const value = withNewPosition(letter.value, `replay:${schema}:${id}:${letter.replays}`);
    await log.append([{ topic: letter.topic, key: letter.key, value }]);
    await client.query(
      `update ${schema}.dead_letter
       set state = 'replayed', replays = replays + 1, replayed_at = now(), next_attempt_at = null where id = $1`,
      [id],
    );
    return true;
  });
}

/** Deletes letters past their retention, at most `limit` (default 1,000) a call. Returns how many. */
export async function pruneDeadLetters(
  pool: Pool,
  options: { schema: string; retentionDays?: number | undefined; limit?: number },
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
