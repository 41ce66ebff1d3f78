/** What a batch did, as log lines and counters. No line per touchpoint, but each one's id is in a line. */
import { loggableTouchpointId, type Logger, type Summary } from '@throughline/runtime';
import type { ConsumedPart } from './consume-resolved.ts';

const idsPerLine = 100;

export function logBatch(
  { logger, summary }: { logger: Logger; summary: Summary },
  partition: number,
  { applied, deadLetters, repeats, records, attempts }: ConsumedPart,
  durationMs: number,
): void {
  summary.timing('batch', durationMs);
  summary.count('records', records);
  summary.count('touchpointsCounted', applied.counted.length);
  summary.count('touchpointsMoved', applied.moved.length);
  summary.count('touchpointsKnown', applied.repeated);
  summary.count('recordsRepeated', repeats);
  summary.count('deadLetters', deadLetters.length);
  for (const { change } of applied.memberships) summary.count('membershipChanges', 1, change.cause);
  summary.count('deltas', applied.deltas);
  summary.count('transactionsRepeated', attempts - 1);
  logTouchpoints(logger, 'touchpoints.counted', partition, applied.counted);
  logTouchpoints(logger, 'touchpoints.moved', partition, applied.moved);
  for (const { source, problem } of deadLetters) {
    logger.error(
      { event: 'record.dead_letter', partition, offset: source.offset, problem },
      'a record cannot be used and was put aside',
    );
  }
}

function logTouchpoints(
  logger: Logger,
  event: 'touchpoints.counted' | 'touchpoints.moved',
  partition: number,
  facts: readonly { id: string }[],
): void {
  if (!logger.isLevelEnabled('info')) return;
  for (let start = 0; start < facts.length; start += idsPerLine) {
    const touchpoints = facts.slice(start, start + idsPerLine).map(({ id }) => loggableTouchpointId(id));
    logger.info({ event, partition, count: touchpoints.length, touchpoints }, 'figures include them');
  }
}
