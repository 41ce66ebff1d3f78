/** What a batch did, as log lines and counters. No line per touchpoint, but each one's id is in a line. */
import type { ResolvedRecord } from '@throughline/contracts';
import type { HandledBatch } from '@throughline/event-log';
import { loggableTouchpointId, type Logger, type Summary } from '@throughline/runtime';
import type { AppliedRecords } from './apply-records.ts';

const idsPerLine = 100;

export function logBatch(
  { logger, summary }: { logger: Logger; summary: Summary },
  { result, repeats, records, attempts, durationMs }: HandledBatch<ResolvedRecord, AppliedRecords>,
): void {
  summary.timing('batch', durationMs);
  summary.count('records', records.length);
  summary.count('recordsRepeated', repeats);
  summary.count('transactionsRepeated', attempts - 1);
  if (result === null) return;
  summary.count('touchpointsCounted', result.counted.length);
  summary.count('touchpointsMoved', result.moved.length);
  summary.count('touchpointsErased', result.erased);
  summary.count('touchpointsKnown', result.repeated);
  for (const { change } of result.memberships) summary.count('membershipChanges', 1, change.cause);
  summary.count('deltas', result.deltas);
  logTouchpoints(logger, 'touchpoints.counted', result.counted);
  logTouchpoints(logger, 'touchpoints.moved', result.moved);
}

function logTouchpoints(
  logger: Logger,
  event: 'touchpoints.counted' | 'touchpoints.moved',
  facts: readonly { id: string }[],
): void {
  if (!logger.isLevelEnabled('info')) return;
  for (let start = 0; start < facts.length; start += idsPerLine) {
    const touchpoints = facts.slice(start, start + idsPerLine).map(({ id }) => loggableTouchpointId(id));
    logger.info({ event, count: touchpoints.length, touchpoints }, 'figures include them');
  }
}
