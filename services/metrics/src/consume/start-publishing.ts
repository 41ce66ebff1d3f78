/**
 * Publishes journeys beside the stream: soon after changes, and when a day comes. Several processes may run it; one publishes at a
 * time. It rests three times as long as a page took, so it takes a quarter of the time at most. While the stream is behind it waits,
 * so that an import is not slowed, and a profile has one record for what many of its batches changed.
 */
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import { hasJourneyWork } from '../db/journey-changes.ts';
import { publishJourneys, type JourneyPublisher } from './publish-journeys.ts';
import type { StreamLoad } from './stream-load.ts';

export interface PublishingOptions extends JourneyPublisher {
  nudge: () => void;
  logger: Logger;
  summary: Summary;
  now: () => number;
  load: Pick<StreamLoad, 'isBehind'>;
  intervalMs?: number;
}

const restFactor = 3;
const restAfterFailureMs = 5_000;
/** After this a page is written although the stream is behind. */
const longestWaitMs = 30_000;

export function startPublishing(options: PublishingOptions): Pick<WorkLoop, 'stop'> {
  const { pool, figures, logger, summary, now, load, intervalMs = 500 } = options;
  let waitingSince: number | null = null;

  function waits(): boolean {
    if (!load.isBehind()) return false;
    waitingSince ??= performance.now();
    return performance.now() - waitingSince < longestWaitMs;
  }

  /** @returns how long to rest, in ms */
  async function publish(): Promise<number> {
    try {
      const nowMs = now();
      const today = figures.calendar.dayOf(nowMs);
      if (waits()) return intervalMs;
      waitingSince = null;
      if (!(await hasJourneyWork(pool, today))) return intervalMs;
      const startedAt = performance.now();
      const { records, isFull } = await publishJourneys(options, { today, nowMs });
      const tookMs = performance.now() - startedAt;
      summary.count('journeysPublished', records);
      summary.timing('publishJourneys', tookMs);
      if (records > 0) options.nudge();
      return isFull ? restFactor * tookMs : intervalMs;
    } catch (error) {
      logger.warn(
        { event: 'journeys.failed', err: loggableError(error) },
        'journeys were not published: it is tried again in a moment',
      );
      return restAfterFailureMs;
    }
  }

  return startWorkLoop(publish);
}
