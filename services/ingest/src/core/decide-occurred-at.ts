/** When a touchpoint happened, from clocks that cannot be trusted: the client's, corrected by how far it is off. */
import { instantExpectation, parseInstant } from '@throughline/contracts';
import { isAbsent, type JsonObject } from './json-value.ts';
import { rejectionOf, type Rejection } from './rejection.ts';

const latencyMs = 60_000;
const dayMs = 86_400_000;

export type TimeWarning = 'time_clamped' | 'time_corrected' | 'sent_at_ignored';

export type OccurredAt =
  { ok: true; occurredAt: string; warnings: TimeWarning[] } | { ok: false; rejection: Rejection };

// Segment's clients send `timestamp`, RudderStack's browser client only `originalTimestamp`, ours `occurredAt`.
const timeFields = ['timestamp', 'originalTimestamp', 'occurredAt'] as const;

/**
 * `timestamp + (receivedAt - sentAt)` when `sentAt` is given and its skew is over 60 s (below that it is latency) and
 * under a day (above that it is no clock); else the timestamp, else `receivedAt`. More than 24 hours ahead of
 * `receivedAt` is clamped to it. A `sentAt` that cannot be read is left out: it says nothing about the touchpoint.
 */
export function decideOccurredAt(
  item: JsonObject,
  { receivedAtMs, receivedAt }: { receivedAtMs: number; receivedAt: string },
): OccurredAt {
  const sentAtMs = isAbsent(item['sentAt']) ? null : parseInstant(item['sentAt']);
  const warnings: TimeWarning[] = sentAtMs === null && !isAbsent(item['sentAt']) ? ['sent_at_ignored'] : [];
  const field = timeFields.find((name) => !isAbsent(item[name]));
  if (field === undefined) return { ok: true, occurredAt: receivedAt, warnings };
  const timestamp = item[field];
  const timestampMs = parseInstant(timestamp);
  if (timestampMs === null) {
    return { ok: false, rejection: rejectionOf('invalid_time', field, instantExpectation) };
  }
  const skewMs = sentAtMs === null ? 0 : receivedAtMs - sentAtMs;
  const isSkewed = Math.abs(skewMs) > latencyMs && Math.abs(skewMs) < dayMs;
  const occurredAtMs = isSkewed ? timestampMs + skewMs : timestampMs;
  if (occurredAtMs > receivedAtMs + dayMs) {
    return { ok: true, occurredAt: receivedAt, warnings: [...warnings, 'time_clamped'] };
  }
  if (isSkewed) return { ok: true, occurredAt: toInstant(occurredAtMs), warnings: ['time_corrected'] };
  const isWritten = typeof timestamp === 'string' && writtenByToISOString.test(timestamp);
  return { ok: true, occurredAt: isWritten ? timestamp : toInstant(occurredAtMs), warnings };
}

const writtenByToISOString = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z$/;

function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
