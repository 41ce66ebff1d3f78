import { describe, expect, test } from 'vitest';
import { followShares } from '../../src/core/shares-as-of.ts';
import { ShareChanges, type ShareChange } from '../../src/core/share-changes.ts';

const series = new Set([1]);
const closedThrough = 10;
const none = () => {};
const share = (profile: string, amount: number): ShareChange => ({
  profile,
  renamedTo: null,
  series: [1],
  days: [5],
  amounts: [amount],
});
const renamed = (profile: string, renamedTo: string): ShareChange => ({ profile, renamedTo });
const follow = (changes: readonly ShareChange[]) => followShares(changes, () => 1);
const uuid = (digit: string) => `${digit}0000000-0000-4000-8000-000000000000`;

describe('changes of shares', () => {
  test('are those of closed days, of series whose profiles can be named, and of what does not cancel', () => {
    const changes = new ShareChanges(series, closedThrough);
    const emitted: unknown[] = [];
    const emit = changes.of('a', (...change) => emitted.push(change));
    emit(1, 10, 1);
    emit(1, 11, 1);
    emit(2, 9, 1);
    emit(1, 8, 1);
    emit(1, 8, -1);
    expect(changes.rows()).toEqual([
      { profile: 'a', renamedTo: null, series: [1], days: [10], amounts: [1] },
    ]);
    expect(emitted).toHaveLength(5);
  });

  test('of days before 1970 keep their day and their series', () => {
    const changes = new ShareChanges(new Set([7]), closedThrough);
    changes.of('a', none)(7, -3, 2);
    expect(changes.rows()).toMatchObject([{ series: [7], days: [-3], amounts: [2] }]);
  });

  test('are written before and after a new id in their order, ids that are taken over last', () => {
    const changes = new ShareChanges(series, closedThrough);
    changes.of('a', none)(1, 1, 1);
    changes.rename([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
    ]);
    changes.of('b', none)(1, 1, 2);
    expect(changes.rows()).toMatchObject([
      { profile: 'a', amounts: [1] },
      { profile: 'b', renamedTo: 'c' },
      { profile: 'a', renamedTo: 'b' },
      { profile: 'b', amounts: [2] },
    ]);
  });

  test('of two profiles that exchange their ids are told apart', () => {
    const [a, b] = [uuid('a'), uuid('b')];
    const changes = new ShareChanges(series, closedThrough);
    changes.of(a, none)(1, 1, 1);
    changes.rename([
      { from: a, to: b },
      { from: b, to: a },
    ]);
    changes.of(b, none)(1, 1, 1);
    expect(follow(changes.rows()).toSorted((left, right) => right.change - left.change)).toEqual([
      { before: a, after: b, change: 2 },
      { before: b, after: a, change: 0 },
    ]);
  });

  test('follow a profile through its ids', () => {
    expect(follow([share('a', 1), renamed('a', 'b'), share('b', -2), renamed('b', 'c')])).toEqual([
      { before: 'a', after: 'c', change: -1 },
    ]);
  });

  test('end a profile whose id another one gets', () => {
    expect(follow([share('b', -1), renamed('a', 'b'), share('b', 1)])).toEqual([
      { before: 'b', after: null, change: -1 },
      { before: 'a', after: 'b', change: 1 },
    ]);
  });
});
