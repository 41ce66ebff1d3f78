import { describe, expect, test } from 'vitest';
import { maxGroups, pickGroups } from '../../src/core/group-report.ts';

const seriesOf = (names: readonly (string | null)[]) =>
  names.map((name, id) => ({ id, measure: 'active' as const, group: [name] }));

describe('groups of an answer', () => {
  test('are all of them, those with most profiles first, of equal ones by name', () => {
    const series = seriesOf(['b', null, 'a', 'c']);
    const shown = pickGroups(series, new Map([[3, 5]]));
    expect(shown.map(({ group }) => group[0])).toEqual(['c', 'a', 'b', null]);
  });

  test('are at most 200, and the others together are `other`, with those that are called so', () => {
    const names = Array.from({ length: maxGroups + 3 }, (_value, index) => `group ${index}`);
    const series = seriesOf(['other', ...names]);
    const weights = new Map(series.map(({ id }) => [id, id === 0 ? 1_000 : id]));
    const shown = pickGroups(series, weights);
    expect(shown).toHaveLength(maxGroups + 1);
    expect(shown.at(-1)).toEqual({ group: ['other'], series: expect.any(Array) as unknown });
    expect(shown.at(-1)?.series.map(({ id }) => id)).toEqual([0, 3, 2, 1]);
  });
});
