import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnownDays } from '../../src/core/known-days.ts';

const day = fc.integer({ min: -5, max: 40 });

/** A history, and the spans of it that were loaded. */
const histories = fc.record({
  days: fc.uniqueArray(day, { maxLength: 15 }),
  spans: fc.array(
    fc
      .tuple(
        fc.oneof(day, fc.constant(Number.NEGATIVE_INFINITY)),
        fc.oneof(day, fc.constant(Number.POSITIVE_INFINITY)),
      )
      .filter(([from, to]) => from <= to),
    { maxLength: 4 },
  ),
});

function load({ days, spans }: { days: readonly number[]; spans: readonly [number, number][] }) {
  const known = new KnownDays<string>();
  for (const [from, to] of spans) {
    const within = days.filter((one) => from <= one && one <= to);
    known.learn(
      from,
      to,
      within.map((one) => [one, `value of ${one}`] as const),
    );
  }
  return known;
}

describe('known days', () => {
  test('answer as the whole history does, or not at all', () => {
    fc.assert(
      fc.property(histories, day, (history, asked) => {
        const known = load(history);
        const before = history.days.filter((one) => one <= asked);
        const after = history.days.filter((one) => one > asked);
        expect([undefined, before.length === 0 ? null : Math.max(...before)]).toContain(known.floor(asked));
        expect([undefined, after.length === 0 ? null : Math.min(...after)]).toContain(known.higher(asked));
        expect([undefined, history.days.includes(asked) ? `value of ${asked}` : null]).toContain(
          known.get(asked),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test('answer every question about a history that is loaded as a whole, also after changes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(day), fc.array(fc.tuple(day, fc.boolean())), day, (days, changes, asked) => {
        const all = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
        const known = load({ days, spans: [all] });
        const expected = new Set(days);
        for (const [changed, isThere] of changes) {
          known.set(changed, isThere ? 'new' : null);
          if (isThere) expected.add(changed);
          else expected.delete(changed);
        }
        const sorted = [...expected].sort((left, right) => left - right);
        expect(known.entries().map(([one]) => one)).toEqual(sorted);
        expect(known.floor(asked)).toBe(sorted.findLast((one) => one <= asked) ?? null);
        expect(known.higher(asked)).toBe(sorted.find((one) => one > asked) ?? null);
        expect(known.higher(Number.NEGATIVE_INFINITY)).toBe(sorted[0] ?? null);
      }),
      { numRuns: 1_000 },
    );
  });

  test('that were copied do not change with the original', () => {
    const known = load({ days: [1, 2], spans: [[0, 9]] });
    const copy = known.clone();
    known.set(1, null);
    expect(copy.get(1)).toBe('value of 1');
    expect(known.get(1)).toBe(null);
  });
});
