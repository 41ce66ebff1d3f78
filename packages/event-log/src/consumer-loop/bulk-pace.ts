/**
 * How many bulk records one transaction takes, so that a single request does not wait long for the one that runs. As many as the
 * consumer takes at all while no single requests come: small transactions cost more for each record. While they come, as many
 * as take about `targetMs`, measured, because what a record costs differs by a factor of a hundred, and machines are busy.
 */
import type { TrafficClass } from '../traffic-class.ts';

export interface BulkPace {
  /** Most bulk records of the next transaction. */
  maxCount(): number;
  /** A transaction of the class was committed. */
  note(traffic: TrafficClass, count: number, durationMs: number): void;
}

const targetMs = 200;
/** Below it a transaction consists of its fixed cost. */
const leastCount = 50;
/** Single requests further apart than this do not come at the time of an import, they are met by chance. */
const rememberedMs = 10_000;

/** @param now milliseconds of a clock that never goes back */
export function createBulkPace(maxCount: number, now: () => number = () => performance.now()): BulkPace {
  let paced = maxCount;
  let interactiveAt = Number.NEGATIVE_INFINITY;

  return {
    maxCount: () => (now() - interactiveAt > rememberedMs ? maxCount : paced),
    note(traffic, count, durationMs) {
      if (traffic === 'interactive') interactiveAt = now();
      else if (durationMs > targetMs)
        paced = Math.max(leastCount, Math.floor((count * targetMs) / durationMs));
      else if (durationMs < targetMs / 2) paced = Math.min(maxCount, paced * 2);
    },
  };
}
