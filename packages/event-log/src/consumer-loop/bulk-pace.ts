/**
 * How many bulk records one transaction takes, so that single requests beside it do not wait long. As many as the
 * consumer takes at all while no single requests come: small transactions cost more for each record. While they come, as many
 * as take about `targetMs`, measured, because what a record costs differs by a factor of a hundred, and machines are busy.
 */
import type { TrafficClass } from '../traffic-class.ts';

export interface BulkPace {
  /** Most bulk records of the next transaction. */
  maxCount(): number;
  /** A single request waits for its transaction. */
  noteArrival(): void;
  /** A transaction of the class was committed. */
  note(traffic: TrafficClass, count: number, durationMs: number): void;
}

/**
 * Single requests have transactions of their own beside it, but wait for its stretches of the event loop and of the processors, and
 * for its locks where both are about the same customers.
 */
const targetMs = 50;
/** Below it a transaction consists of its fixed cost. */
const leastCount = 100;
/**
 * Single requests further apart than this are met by chance, and small transactions between them would cost an import a third more
 * for the sake of none. The first touchpoints of a burst are single requests too, until it is known for one. Longer where bulk
 * transactions are: on a busy machine one takes seconds, and a request that came while it ran must not be forgotten at its end.
 */
const rememberedMs = 1_000;
const rememberedTransactions = 2;

/** @param now milliseconds of a clock that never goes back */
export function createBulkPace(maxCount: number, now: () => number = () => performance.now()): BulkPace {
  let paced = maxCount;
  let interactiveAt = Number.NEGATIVE_INFINITY;
  let latestMs = 0;

  return {
    maxCount() {
      const forgottenAfterMs = Math.max(rememberedMs, rememberedTransactions * latestMs);
      return now() - interactiveAt > forgottenAfterMs ? maxCount : paced;
    },
    noteArrival() {
      interactiveAt = now();
    },
    note(traffic, count, durationMs) {
      if (traffic === 'interactive') {
        interactiveAt = now();
        return;
      }
      latestMs = durationMs;
      if (durationMs > targetMs) paced = Math.max(leastCount, Math.floor((count * targetMs) / durationMs));
      else if (durationMs < targetMs / 2) paced = Math.min(maxCount, paced * 2);
    },
  };
}
