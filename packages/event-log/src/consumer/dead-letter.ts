/** A dead letter as it is stored and read. */
import type { DeadLetterState } from '@throughline/contracts';

export interface DeadLetter {
  id: number;
  group: string;
  topic: string;
  partition: number;
  offset: number;
  key: string;
  value: string;
  state: DeadLetterState;
  code: string;
  message: string;
  /** The touchpoint that the record is about, where that is known. */
  touchpoint: { source: string; id: string } | null;
  savedAt: Date;
  /** Attempts apart, after it was set aside. */
  attempts: number;
  nextAttemptAt: Date | null;
  replays: number;
  replayedAt: Date | null;
}

export const maxMessageLength = 2_000;

/** A text column holds everything but U+0000. */
export function storableText(text: string, maxLength: number): string {
  return text.replaceAll('\0', '').slice(0, maxLength);
}

export const letterColumns = `id, group_name, topic, partition, record_offset, key, value, state, code, message,
  touchpoint_source, touchpoint_id, saved_at, attempts, next_attempt_at, replays, replayed_at`;

export interface DeadLetterRow {
  id: number;
  group_name: string;
  topic: string;
  partition: number;
  record_offset: number;
  key: Buffer;
  value: Buffer;
  state: DeadLetterState;
  code: string;
  message: string;
  touchpoint_source: string | null;
  touchpoint_id: string | null;
  saved_at: Date;
  attempts: number;
  next_attempt_at: Date | null;
  replays: number;
  replayed_at: Date | null;
}

export function toLetter(row: DeadLetterRow): DeadLetter {
  const { touchpoint_source: source, touchpoint_id: id } = row;
  return {
    id: row.id,
    group: row.group_name,
    topic: row.topic,
    partition: row.partition,
    offset: row.record_offset,
    key: row.key.toString('utf8'),
    value: row.value.toString('utf8'),
    state: row.state,
    code: row.code,
    message: row.message,
    touchpoint: source === null || id === null ? null : { source, id },
    savedAt: row.saved_at,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    replays: row.replays,
    replayedAt: row.replayed_at,
  };
}
