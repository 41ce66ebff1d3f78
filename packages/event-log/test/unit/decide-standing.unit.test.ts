import { describe, expect, test } from 'vitest';
import { decideStanding, type Look, type Standing } from '../../src/watch/decide-standing.ts';

const limits = { stallAfterMs: 60_000, repeatAfterMs: 300_000, longestGapMs: 15_000 };
const step = 5_000;

/** Looks every five seconds; what was told, by the second. */
function follow(looks: readonly Partial<Look>[], start?: Standing) {
  let standing = start;
  const told: [number, string][] = [];
  let isStalled = false;
  for (const [index, look] of looks.entries()) {
    const at = look.at ?? index * step;
    const decision = decideStanding(
      standing,
      { at, position: '7', isPending: true, maySay: true, ...look },
      limits,
    );
    ({ standing, isStalled } = decision);
    if (decision.tell !== null) told.push([at / 1_000, decision.tell]);
  }
  return { told, isStalled, standing };
}

const times = (count: number, look: Partial<Look> = {}) => Array.from({ length: count }, () => look);

describe('what stands still', () => {
  test('is stalled after the limit, and told at once and then now and again', () => {
    expect(follow(times(12)).told).toEqual([]);
    expect(follow(times(13))).toMatchObject({ told: [[60, 'stalled']], isStalled: true });
    expect(follow(times(140)).told).toEqual([
      [60, 'stalled'],
      [360, 'stalled'],
      [660, 'stalled'],
    ]);
  });

  test('is not stalled while it moves, however far behind it is', () => {
    const moving = Array.from({ length: 200 }, (_, index) => ({ position: String(Math.floor(index / 11)) }));
    expect(follow(moving)).toMatchObject({ told: [], isStalled: false });
  });

  test('is not stalled while nothing is pending, nor at once when something comes after a long rest', () => {
    const rest = times(1_000, { isPending: false });
    expect(follow([...rest, ...times(12)])).toMatchObject({ told: [], isStalled: false });
    expect(follow([...rest, ...times(13)]).told).toHaveLength(1);
  });

  test('is told when it moves again, or when nothing is pending any more', () => {
    expect(follow([...times(20), { position: '8' }, { position: '8' }]).told).toEqual([
      [60, 'stalled'],
      [100, 'recovered'],
    ]);
    expect(follow([...times(20), { isPending: false }]).told.at(-1)).toEqual([100, 'recovered']);
    expect(follow([...times(5), { position: '8' }]).told).toEqual([]);
  });

  test('may stand again after it moved, and is told anew', () => {
    const told = follow([...times(20), ...times(20, { position: '8' })]).told.map(([, what]) => what);
    expect(told).toEqual(['stalled', 'recovered', 'stalled']);
  });

  test('is not told by who may not, but is stalled all the same; and is told when that changes', () => {
    expect(follow(times(20, { maySay: false }))).toMatchObject({ told: [], isStalled: true });
    expect(follow([...times(20, { maySay: false }), {}]).told).toEqual([[100, 'stalled']]);
  });

  test('is not blamed for a time in which nobody looked', () => {
    const { told, standing } = follow([{ at: 0 }, { at: 3_600_000 }]);
    expect(told).toEqual([]);
    expect(standing?.stoodMs).toBe(limits.longestGapMs);
  });
});
