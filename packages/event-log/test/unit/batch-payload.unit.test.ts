import { describe, expect, test } from 'vitest';
import { decodeBatch, encodeBatch, splitBySize } from '../../src/batch-payload.ts';

const traceOf = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
const tracedRecords = [
  { key: 'a', value: '1' },
  { key: 'b', value: '2', traceparent: traceOf('b') },
  { key: 'c', value: '3', traceparent: traceOf('b') },
  { key: 'd', value: '4' },
  { key: 'e', value: '5', traceparent: traceOf('e') },
];

describe('a batch payload', () => {
  test.each([
    ['small, and so not compressed', [{ key: 'k', value: '{}' }]],
    [
      'large',
      Array.from({ length: 500 }, (_, number) => ({ key: `key ${number}`, value: `{"number":${number}}` })),
    ],
    ['of empty records', [{ key: '', value: '' }, { key: '', value: '' }]], // prettier-ignore
    ['of traces', tracedRecords],
    ['of every kind of character', [{ key: '\0\n,🔑', value: '世界\u{10FFFF}ß' }, { key: 'é', value: '👩‍👩‍👧' }]], // prettier-ignore
  ])('comes back as it was: %s', (_name, records) => {
    expect(decodeBatch(encodeBatch(records))).toEqual(records);
  });

  test('keeps its bounds where a lone surrogate cannot be kept', () => {
    const decoded = decodeBatch(encodeBatch([{ key: '\uD800', value: 'a\uDC00' }, { key: 'next', value: 'b' }])); // prettier-ignore
    expect(decoded).toEqual([{ key: '\uFFFD', value: 'a\uFFFD' }, { key: 'next', value: 'b' }]); // prettier-ignore
  });

  test('is refused when it was cut short', () => {
    const payload = encodeBatch([{ key: 'k', value: 'value' }]);
    expect(() => decodeBatch(payload.subarray(0, -1))).toThrow(/length/);
  });

  test('is split where it would grow past the size, and not inside a record', () => {
    const records = [10, 10, 50, 10].map((size) => ({ key: '', value: 'x'.repeat(size) }));
    expect(splitBySize(records, 40).map((split) => split.map((record) => record.value.length))).toEqual([
      [10, 10],
      [50],
      [10],
    ]);
  });
});
