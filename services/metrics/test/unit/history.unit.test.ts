import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareText } from '../../src/core/compare-text.ts';
import {
  addCount,
  addHistory,
  addStage,
  createHistory,
  decodeHistory,
  encodeHistory,
  removeHistory,
  type History,
  type StageMark,
} from '../../src/core/history.ts';
import { compareMoments } from '../../src/core/moment.ts';

/** Well-formed text: ingest replaces lone surrogates. */
const text = fc.string({
  unit: fc
    .integer({ min: 0, max: 0x10_ffff })
    .filter((point) => point < 0xd800 || point > 0xdfff)
    .map((point) => String.fromCodePoint(point)),
  maxLength: 6,
});
const moments = fc.record({
  at: fc.integer({ min: 0, max: 3 }),
  source: fc.constantFrom('a', 'b'),
  id: fc.string({ maxLength: 3 }),
});
/** One touchpoint has one stage. */
const marks: fc.Arbitrary<[number, StageMark]> = fc
  .tuple(fc.integer({ min: -3, max: 9 }), moments)
  .map(([day, moment]) => [day, { ...moment, stage: `stage ${moment.id.length}` }]);
const histories: fc.Arbitrary<History> = fc
  .record({
    counts: fc.array(
      fc.tuple(
        fc.constantFrom('purchase', 'engagement'),
        fc.integer({ min: -3, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
      ),
    ),
    marks: fc.array(marks),
  })
  .map(({ counts, marks: list }) => {
    const history = createHistory();
    for (const [activity, day, amount] of counts) addCount(history, activity, day, amount);
    for (const [day, mark] of list) addStage(history, day, mark);
    return history;
  });

function copy(history: History): History {
  return decodeHistory(encodeHistory(history));
}

describe('a history', () => {
  test('comes back from its column as it was', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(copy(history)).toEqual(history);
      }),
    );
  });

  test('takes away exactly what was added, where the remaining stages are told', () => {
    fc.assert(
      fc.property(histories, histories, (kept, leaving) => {
        const sum = copy(kept);
        addHistory(sum, leaving);
        removeHistory(sum, leaving, (day) => kept.stages.get(day) ?? null);
        expect(sum).toEqual(kept);
      }),
    );
  });

  test('adds up the same in any order', () => {
    fc.assert(
      fc.property(histories, histories, (left, right) => {
        const one = copy(left);
        addHistory(one, right);
        const other = copy(right);
        addHistory(other, left);
        expect(one).toEqual(other);
      }),
    );
  });
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
