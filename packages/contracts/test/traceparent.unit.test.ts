import { expect, test } from 'vitest';
import { parseTraceparent, traceIdOf, traceIdsOf, writeTraceparent } from '../src/traceparent.ts';

const traceId = '5b8efff798038103d269b633813fc60c';
const spanId = 'eee19b7ec3c1b174';

test('a trace context is read, and written again as it was', () => {
  const text = `00-${traceId}-${spanId}-01`;
  expect(parseTraceparent(text)).toEqual({ traceId, spanId, isSampled: true });
  expect(writeTraceparent({ traceId, spanId, isSampled: true })).toBe(text);
  expect(parseTraceparent(`00-${traceId}-${spanId}-00`)?.isSampled).toBe(false);
  expect(traceIdOf(text)).toBe(traceId);
});

test('a later version is read as far as it is known', () => {
  expect(parseTraceparent(`01-${traceId}-${spanId}-03-more`)).toEqual({ traceId, spanId, isSampled: true });
});

test.each([
  ['nothing', undefined],
  ['a list of headers', [`00-${traceId}-${spanId}-01`]],
  ['two headers that were joined', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
  ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ['the forbidden version', `ff-${traceId}-${spanId}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['a field too many', `00-${traceId}-${spanId}-01-more`],
  ['a line of its own', `00-${traceId}-${spanId}-01\n`],
  ['a text without end', `01-${traceId}-${spanId}-01-${'x'.repeat(10_000)}`],
])('%s is no trace context', (_name, value) => {
  expect(parseTraceparent(value)).toBeNull();
});

test('traces of records are listed once', () => {
  const of = (id: string) => ({ traceparent: writeTraceparent({ traceId: id, spanId, isSampled: true }) });
  const other = 'a'.repeat(32);
  expect(traceIdsOf([of(traceId), {}, of(other), of(traceId)])).toEqual([traceId, other]);
});
