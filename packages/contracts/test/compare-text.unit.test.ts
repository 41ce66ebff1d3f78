import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareText } from '../src/compare-text.ts';

/** Well-formed text: ingest replaces lone surrogates. */
const text = fc.string({
  unit: fc
    .integer({ min: 0, max: 0x10_ffff })
    .filter((point) => point < 0xd800 || point > 0xdfff)
    .map((point) => String.fromCodePoint(point)),
  maxLength: 6,
});

test('texts are compared in the order of UTF-8 bytes, beyond U+FFFF too', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(
        Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')),
      );
    }),
    { numRuns: 2_000 },
  );
  expect(compareText('\u{1F600}', '\uFF21')).toBeGreaterThan(0);
});
