/** The W3C trace context of a request or a record (https://www.w3.org/TR/trace-context/, section 3.2). */

/** Of version 00; later ones may add fields behind it. */
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const maxLength = 512;
const sampledFlag = 1;

export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  isSampled: boolean;
}

/** Null for anything that is not a trace context: a sender's mistake in it never costs a request. */
export function parseTraceparent(value: unknown): TraceContext | null {
  if (typeof value !== 'string' || value.length > maxLength) return null;
  const match = pattern.exec(value);
  if (match === null) return null;
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & sampledFlag) === sampledFlag };
}

export function writeTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** @param traceparent as `writeTraceparent` makes it */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** The traces of some records, each once, in the order of the records. */
export function traceIdsOf(records: Iterable<{ traceparent?: string | undefined }>): string[] {
  const ids = new Set<string>();
  for (const { traceparent } of records) if (traceparent !== undefined) ids.add(traceIdOf(traceparent));
  return [...ids];
}
