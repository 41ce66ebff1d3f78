import { describe, expect, test } from 'vitest';
import { decideStall, type Look, type StallState } from '../../src/watch/decide-stall.ts';

const limits = { stallAfterMs: 60_000, repeatAfterMs: 300_000, longestGapMs: 15_000 };
const step = 5_000;

/** Looks every five seconds; what was reported, by the second. */
function follow(looks: readonly Partial<Look>[], start?: StallState) {
  let stallState = start;
  const reported: [number, string][] = [];
  let isStalled = false;
  for (const [index, look] of looks.entries()) {
    const at = look.at ?? index * step;
    const decision = decideStall(
      stallState,
      { at, position: '7', isPending: true, mayReport: true, ...look },
      limits,
    );
    ({ stallState, isStalled } = decision);
    if (decision.report !== null) reported.push([at / 1_000, decision.report]);
  }
  return { reported, isStalled, stallState };
}

const times = (count: number, look: Partial<Look> = {}) => Array.from({ length: count }, () => look);

describe('what stands still', () => {
  test('is stalled after the limit, and reported at once and then now and again', () => {
    expect(follow(times(12)).reported).toEqual([]);
    expect(follow(times(13))).toMatchObject({ reported: [[60, 'stalled']], isStalled: true });
    expect(follow(times(140)).reported).toEqual([
      [60, 'stalled'],
      [360, 'stalled'],
      [660, 'stalled'],
    ]);
  });

  test('is not stalled while it moves, however far behind it is', () => {
    const moving = Array.from({ length: 200 }, (_, index) => ({ position: String(Math.floor(index / 11)) }));
    expect(follow(moving)).toMatchObject({ reported: [], isStalled: false });
  });

  test('is not stalled while nothing is pending, nor at once when something comes after a long rest', () => {
    const rest = times(1_000, { isPending: false });
    expect(follow([...rest, ...times(12)])).toMatchObject({ reported: [], isStalled: false });
    expect(follow([...rest, ...times(13)]).reported).toHaveLength(1);
  });

  test('is reported when it moves again, or when nothing is pending any more', () => {
    expect(follow([...times(20), { position: '8' }, { position: '8' }]).reported).toEqual([
      [60, 'stalled'],
      [100, 'recovered'],
    ]);
    expect(follow([...times(20), { isPending: false }]).reported.at(-1)).toEqual([100, 'recovered']);
    expect(follow([...times(5), { position: '8' }]).reported).toEqual([]);
  });

  test('may stand again after it moved, and is reported again', () => {
    const reported = follow([...times(20), ...times(20, { position: '8' })]).reported.map(([, what]) => what);
    expect(reported).toEqual(['stalled', 'recovered', 'stalled']);
  });

  test('is not reported by a process that may not, but is stalled all the same; and is reported when that changes', () => {
    expect(follow(times(20, { mayReport: false }))).toMatchObject({ reported: [], isStalled: true });
    expect(follow([...times(20, { mayReport: false }), {}]).reported).toEqual([[100, 'stalled']]);
  });

  test('is not blamed for a time without a look', () => {
    const { reported, stallState } = follow([{ at: 0 }, { at: 3_600_000 }]);
    expect(reported).toEqual([]);
    expect(stallState?.stalledMs).toBe(limits.longestGapMs);
  });
});
