/** The outbox of a schema, looked at: a relay that sends nothing is a stall like a consumer's. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { findOutboxBacklog, type OutboxBacklog } from '../consumer/find-outbox-backlog.ts';
import { decideStanding, type Standing, type StandingLimits } from './decide-standing.ts';

export interface WatchedOutboxOptions {
  pool: Pool;
  schema: string;
  logger: StructuredLog;
  limits: StandingLimits;
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
  #standing: Standing | undefined;
  #isStalled = false;

  constructor(options: WatchedOutboxOptions) {
    this.#options = options;
  }

  /** Undefined before the first look. */
  report(): OutboxReport | undefined {
    if (this.#backlog === undefined || this.#standing === undefined) return undefined;
    const { rows, records, oldestMs } = this.#backlog;
    const sinceLookMs = rows === 0 ? 0 : this.#options.now() - this.#standing.lookedAt;
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
    const look = { at: now(), position: backlog.oldest, isPending: rows > 0, maySay: true };
    const { standing, isStalled, tell, stoodMs } = decideStanding(this.#standing, look, limits);
    this.#backlog = backlog;
    this.#standing = standing;
    this.#isStalled = isStalled;
    if (tell === 'recovered') {
      logger.info(
        { event: 'outbox.recovered', schema, rows, records, stalledSeconds: Math.round(stoodMs / 1_000) },
        'the outbox is sent again',
      );
    } else if (tell === 'stalled') {
      logger.error(
        { event: 'outbox.stalled', schema, rows, records, oldestSeconds: Math.round(oldestMs / 1_000) },
        'the first row of the outbox is not sent',
      );
    }
  }
}
