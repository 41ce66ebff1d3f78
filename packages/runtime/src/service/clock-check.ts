/**
 * Compares this process's clock with the database's. What ingest receives gets its time from this clock: a wrong one would
 * put touchpoints on wrong days and rank public evidence wrongly, for ever, so ingest refuses while it is wrong.
 */
import { AppError } from '@throughline/contracts';
import type { Pool } from 'pg';
import { loggableError, type Logger } from '../logger.ts';

export interface ClockCheckOptions {
  pool: Pick<Pool, 'query'>;
  logger: Logger;
  /** Milliseconds since 1970, by this process. */
  now?: () => number;
  /** Default 30,000. */
  intervalMs?: number;
}

export interface ClockCheck {
  /** Milliseconds that this clock is ahead of the database's (negative: behind), as last measured. */
  skewMs(): number;
  /** @throws AppError clock_skewed */
  assertRight(): void;
  /** Measures now. A database that does not answer leaves the last measurement as it is. */
  measure(): Promise<void>;
  stop(): Promise<void>;
}

/** Clocks that are synchronized at all differ by less than a second; this is far outside, and small beside a day. */
export const maxClockSkewMs = 60_000;

/** Measures once before it resolves, then periodically. */
export async function startClockCheck(options: ClockCheckOptions): Promise<ClockCheck> {
  const { pool, logger, now = Date.now, intervalMs = 30_000 } = options;
  let skewMs = 0;
  let measuring: Promise<void> = Promise.resolve();

  async function measure(): Promise<void> {
    const sentAt = now();
    const { rows } = await pool.query<{ at: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as at',
    );
    const answeredAt = now();
    const [row] = rows;
    if (row === undefined) return;
    const wasRight = isRight(skewMs);
    // The database read its clock at some moment between the two.
    skewMs = row.at < sentAt ? sentAt - row.at : row.at > answeredAt ? answeredAt - row.at : 0;
    if (isRight(skewMs)) {
      if (!wasRight)
        logger.info({ event: 'clock.right', skewMs: Math.round(skewMs) }, 'the clock is right again');
    } else {
      logger.error({ event: 'clock.skewed', skewMs: Math.round(skewMs) }, describeSkew(skewMs));
    }
  }

  async function measureOrLog(): Promise<void> {
    try {
      await measure();
    } catch (error) {
      logger.warn({ event: 'clock.unknown', err: loggableError(error) }, 'the clock could not be compared');
    }
  }

  await measureOrLog();
  const timer = setInterval(() => {
    measuring = measureOrLog();
  }, intervalMs);
  return {
    skewMs: () => skewMs,
    assertRight() {
      if (!isRight(skewMs)) throw new AppError('clock_skewed', describeSkew(skewMs));
    },
    measure: measureOrLog,
    async stop() {
      clearInterval(timer);
      await measuring;
    },
  };
}

function isRight(skewMs: number): boolean {
  return Math.abs(skewMs) <= maxClockSkewMs;
}

function describeSkew(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return `the clock of ingest is ${seconds} s ${direction} the database's; set both by NTP (at most ${maxClockSkewMs / 1_000} s are accepted)`;
}
