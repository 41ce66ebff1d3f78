import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeDeepJson } from '../../src/core/write-deep-json.ts';

test('the text is that of JSON.stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const sent = JSON.parse(JSON.stringify(value)) as unknown;
      expect(writeDeepJson(sent, 100)).toBe(JSON.stringify(sent));
    }),
  );
  const forbidden: unknown = JSON.parse('{"__proto__":{"a":[]},"b":{}}');
  expect(writeDeepJson(forbidden, 100)).toBe('{"__proto__":{"a":[]},"b":{}}');
});

test('the depth is bounded, not by the stack', () => {
  const text = `${'{"a":['.repeat(20_000)}1${']}'.repeat(20_000)}`;
  const value: unknown = JSON.parse(text);
  expect(() => JSON.stringify(value)).toThrow(RangeError);
  expect(writeDeepJson(value, 40_000)).toBe(text);
  expect(writeDeepJson(value, 39_999)).toBeNull();
});
