import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareText } from '../../src/core/compare-text.ts';
import { compareMoments } from '../../src/core/moment.ts';

/** Well-formed text: ingest replaces lone surrogates. */
const text = fc.string({
  unit: fc
    .integer({ min: 0, max: 0x10_ffff })
    .filter((point) => point < 0xd800 || point > 0xdfff)
    .map((point) => String.fromCodePoint(point)),
  maxLength: 6,
});
describe('ties between touchpoints', () => {
  test('are broken by the order of UTF-8 bytes, beyond U+FFFF too', () => {
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

  test('go by time, then source, then id', () => {
    const first = { at: 1, source: 'a', id: 'x' };
    expect(compareMoments(first, { ...first, at: 2 })).toBeLessThan(0);
    expect(compareMoments(first, { ...first, source: 'b', id: 'a' })).toBeLessThan(0);
    expect(compareMoments(first, { ...first, id: 'y' })).toBeLessThan(0);
    expect(compareMoments(first, first)).toBe(0);
  });
});
