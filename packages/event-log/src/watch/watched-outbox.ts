/** The outbox of a schema, looked at: a relay that sends nothing is a stall like a consumer's. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { findOutboxBacklog, type OutboxBacklog } from '../consumer/find-outbox-backlog.ts';
import { decideStall, type StallState, type StallLimits } from './decide-stall.ts';

export interface WatchedOutboxOptions {
  pool: Pool;
  schema: string;
  logger: StructuredLog;
  limits: StallLimits;
  now: () => number;
}

export interface OutboxReport {
  schema: string;
  rows: number;
  records: number;
  /** Of the row that has waited longest; 0 when none waits. */
  oldestSeconds: number;
  isStalled: boolean;
}

export class WatchedOutbox {
  readonly #options: WatchedOutboxOptions;
  #backlog: OutboxBacklog | undefined;
  #stallState: StallState | undefined;
  #isStalled = false;

  constructor(options: WatchedOutboxOptions) {
    this.#options = options;
  }

  /** Undefined before the first look. */
  report(): OutboxReport | undefined {
    if (this.#backlog === undefined || this.#stallState === undefined) return undefined;
    const { rows, records, oldestMs } = this.#backlog;
    const sinceLookMs = rows === 0 ? 0 : this.#options.now() - this.#stallState.lookedAt;
    return {
      schema: this.#options.schema,
      rows,
      records,
      oldestSeconds: (oldestMs + sinceLookMs) / 1_000,
      isStalled: this.#isStalled,
    };
  }

  async look(signal: AbortSignal): Promise<void> {
    const { pool, schema, logger, limits, now } = this.#options;
    const backlog = await findOutboxBacklog(pool, schema);
    signal.throwIfAborted();
    const { rows, records, oldestMs } = backlog;
    const look = { at: now(), position: backlog.oldest, isPending: rows > 0, mayReport: true };
    const { stallState, isStalled, report, stalledMs } = decideStall(this.#stallState, look, limits);
    this.#backlog = backlog;
    this.#stallState = stallState;
    this.#isStalled = isStalled;
    if (report === 'recovered') {
      logger.info(
        { event: 'outbox.recovered', schema, rows, records, stalledSeconds: Math.round(stalledMs / 1_000) },
        'outbox recovered: rows are sent again',
      );
    } else if (report === 'stalled') {
      logger.error(
        { event: 'outbox.stalled', schema, rows, records, oldestSeconds: Math.round(oldestMs / 1_000) },
        'outbox stalled: rows are pending, the first is not sent',
      );
    }
  }
}
