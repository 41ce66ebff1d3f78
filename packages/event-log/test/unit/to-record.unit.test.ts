import { expect, test } from 'vitest';
import { toRecord } from '../../src/kafka/to-record.ts';

const traceparent = '00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01';
const message = { offset: '7', key: Buffer.from('user_id:ä'), value: Buffer.from('{}') };

test('a message without headers is a record without a trace', () => {
  expect(toRecord({ ...message, headers: {} })).toEqual({ offset: 7, key: 'user_id:ä', value: '{}' });
});

test('the trace context of a message is the record’s', () => {
  expect(toRecord({ ...message, headers: { traceparent: Buffer.from(traceparent) } }).traceparent).toBe(
    traceparent,
  );
});

test.each([
  ['no trace context', Buffer.from('many,*;\nfields')],
  ['two headers', [Buffer.from(traceparent), Buffer.from(traceparent)]],
  ['a text without end', Buffer.alloc(100_000, 'x')],
])('a header with %s is left out', (_name, header) => {
  expect(toRecord({ ...message, headers: { traceparent: header } })).not.toHaveProperty('traceparent');
});
