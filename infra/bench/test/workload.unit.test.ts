import { expect, test } from 'vitest';
import { createWorkload, tenYearsOfVisits } from '../src/workload.ts';

const nowMs = Date.UTC(2026, 0, 2);
const whole = { workload: 'shop', nowMs, run: 'r', ofTouchpoints: 4_000 } as const;

test('the second stretch of a run has new touchpoints, of visitors of whom many came in the first', () => {
  const first = createWorkload({ ...whole, touchpoints: 2_000, from: 0 });
  const second = createWorkload({ ...whole, touchpoints: 2_000, from: 2_000 });
  const idsOf = (stretch: typeof first, id: 'messageId' | 'anonymousId'): Set<string | null> =>
    new Set(Array.from({ length: 1_800 }, (_, index) => stretch.touchpoint(index)[id]));
  const inBoth = (id: 'messageId' | 'anonymousId'): number => {
    const before = idsOf(first, id);
    return [...idsOf(second, id)].filter((value) => before.has(value)).length;
  };
  expect(inBoth('messageId')).toBe(0);
  expect(inBoth('anonymousId')).toBeGreaterThan(idsOf(second, 'anonymousId').size / 2);
});

test('customers of another run are others, so that streams on the same data can be added up', () => {
  const one = createWorkload({ ...whole, touchpoints: 2_000 });
  const other = createWorkload({ ...whole, run: 's', touchpoints: 2_000 });
  expect(one.customers.size).toBeGreaterThan(200);
  expect([...one.customers].filter((name) => other.customers.has(name))).toEqual([]);
});

test('regular customers come once a day for ten years, and late from then on, as those without the years do', () => {
  const years = createWorkload({ workload: 'visits', nowMs, run: 'r', touchpoints: tenYearsOfVisits });
  const regular = 'u-r-v3';
  const days = new Set(
    Array.from({ length: tenYearsOfVisits - 200 }, (_, index) => years.touchpoint(index))
      .filter(({ userId }) => userId === regular)
      .map(({ at }) => at),
  );
  expect(days.size).toBe((tenYearsOfVisits - 200) / 10);
  const late = { workload: 'visits', nowMs, from: tenYearsOfVisits, touchpoints: 1_000 } as const;
  const shape = (run: string): number[] => {
    const stretch = createWorkload({ ...late, run });
    return Array.from({ length: 800 }, (_, index) => stretch.touchpoint(index).at);
  };
  expect(shape('r')).toEqual(shape('new'));
  expect(shape('r').every((at) => days.has(at) || at < nowMs)).toBe(true);
});
