/** What a service's `parse` says of one record of the log. */
import type { OutboxPosition } from '../consumer/drop-repeats.ts';
import type { LogRecord } from '../port.ts';

/** By which a trace finds what became of a touchpoint. */
export interface TouchpointReference {
  source: string;
  id: string;
}

interface Described {
  /** The touchpoint that the record is about, where that is known. */
  touchpoint?: TouchpointReference | undefined;
  /** Where the record came through an outbox: a repeat by the relay is dropped. */
  position?: OutboxPosition | undefined;
}

export type ParsedRecord<T> =
  /** `weight`: what it adds to the cost of a transaction, in a unit of the consumer's. Default 1. */
  | ({ kind: 'readable'; value: T; weight?: number } & Described)
  /** It can never be used. `problem` must not quote the record: it is logged. */
  | ({ kind: 'unreadable'; problem: string } & Described)
  /** Of a kind that a later version may know. It waits. */
  | ({ kind: 'unknown'; problem: string } & Described);

/** A record beside what it means. `failed`: the service's `parse` itself threw. */
export interface ConsumedRecord<T> {
  record: LogRecord;
  parsed: ParsedRecord<T> | ({ kind: 'failed'; problem: string } & Described);
}

export function parseConsumed<T>(
  consumer: { parse(record: LogRecord): ParsedRecord<T> },
  record: LogRecord,
): ConsumedRecord<T> {
  try {
    return { record, parsed: consumer.parse(record) };
  } catch (error) {
    return {
      record,
      parsed: { kind: 'failed', problem: error instanceof Error ? error.name : 'parse threw' },
    };
  }
}

/** What it adds to the cost of a transaction, in the unit of the consumer's `parse`. */
export function weightOf<T>({ parsed }: ConsumedRecord<T>): number {
  return parsed.kind === 'readable' ? (parsed.weight ?? 1) : 1;
}
