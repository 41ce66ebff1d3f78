/** What a batch did, as log lines and counters. No line per touchpoint, but each one's id is in a line. */
import { traceIdOf } from '@throughline/contracts';
import type { HandledBatch } from '@throughline/event-log';
import { loggableTouchpointId, type Logger, type Summary } from '@throughline/runtime';
import type { AppliedRecords } from './apply-records.ts';
import type { TracedRecord } from './parse-resolved.ts';

const idsPerLine = 100;

export function logBatch(
  { logger, summary }: { logger: Logger; summary: Summary },
  { result, repeats, records, attempts, durationMs }: HandledBatch<TracedRecord, AppliedRecords>,
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
  observeFreshness(summary, records);
  const traces = tracesOf(records);
  logTouchpoints(logger, { event: 'touchpoints.counted', facts: result.counted, traces });
  logTouchpoints(logger, { event: 'touchpoints.moved', facts: result.moved, traces });
}

/** Of what is here for the first time. */
function observeFreshness(summary: Summary, records: readonly TracedRecord[]): void {
  const now = Date.now();
  for (const record of records) {
    if (record.kind !== 'touchpoint.resolved' || record.assignmentVersion > 0) continue;
    summary.age('freshness', Math.max(0, now - Date.parse(record.touchpoint.receivedAt)));
  }
}

/** By the id of a touchpoint. */
function tracesOf(records: readonly TracedRecord[]): ReadonlyMap<string, string> {
  const traces = new Map<string, string>();
  for (const record of records) {
    if (record.traceparent === undefined || record.kind !== 'touchpoint.resolved') continue;
    traces.set(record.touchpoint.id, traceIdOf(record.traceparent));
  }
  return traces;
}

interface LoggedFacts {
  event: 'touchpoints.counted' | 'touchpoints.moved';
  facts: readonly { id: string }[];
  traces: ReadonlyMap<string, string>;
}

function logTouchpoints(logger: Logger, { event, facts, traces }: LoggedFacts): void {
  if (!logger.isLevelEnabled('info')) return;
  for (let start = 0; start < facts.length; start += idsPerLine) {
    const page = facts.slice(start, start + idsPerLine);
    const touchpoints = page.map(({ id }) => loggableTouchpointId(id));
    const traceIds = [...new Set(page.flatMap(({ id }) => traces.get(id) ?? []))];
    logger.info(
      { event, count: touchpoints.length, ...(traceIds.length === 0 ? {} : { traceIds }), touchpoints },
      'figures include them',
    );
  }
}
