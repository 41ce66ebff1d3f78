import { describe, expect, test } from 'vitest';
import { BodyBudget, type HeldBody } from '../src/http/body-budget.ts';
import { shareOfKind, type SenderKind } from '../src/http/sender-kind.ts';

/** @param kindBytes what one kind of sender may hold */
function createBudget(kindBytes: number) {
  let now = 0;
  const gaveWay: string[] = [];
  const budget = new BodyBudget({ maxBytes: kindBytes / shareOfKind, now: () => now });
  const open = (name: string, sender: string, kind: SenderKind = 'public'): HeldBody =>
    budget.open(kind, sender, () => gaveWay.push(name));
  return { budget, gaveWay, open, pass: (ms: number) => (now += ms) };
}

describe('a body budget', () => {
  test('counts what is held, and no more once it is released', () => {
    const { budget, open } = createBudget(1_000);
    const body = open('one', 'sender');
    budget.hold(body, 300);
    budget.hold(body, 200);
    expect(budget.bytes()).toBe(500);
    budget.release(body);
    budget.release(body);
    expect(budget.bytes()).toBe(0);
  });

  test('lets a newcomer in, and the sender that holds most gives way', () => {
    const { budget, gaveWay, open, pass } = createBudget(1_000);
    for (let number = 0; number < 9; number++) budget.hold(open(`slow ${number}`, 'slow'), 100);
    budget.hold(open('honest', 'honest'), 50);
    pass(1_000);
    budget.hold(open('newcomer', 'other'), 60);
    expect(gaveWay).not.toContain('honest');
    expect(gaveWay).not.toContain('newcomer');
    expect(gaveWay.length).toBeGreaterThan(0);
    expect(budget.bytes()).toBeLessThanOrEqual(1_000);
  });

  test('of one sender, the body that has held most for longest gives way, not the newest', () => {
    const { budget, gaveWay, open, pass } = createBudget(1_000);
    budget.hold(open('old and small', 'proxy'), 100);
    budget.hold(open('old and large', 'proxy'), 700);
    pass(5_000);
    budget.hold(open('young', 'proxy'), 250);
    expect(gaveWay).toEqual(['old and large']);
    expect(budget.bytes()).toBe(350);
  });

  test('never ends a body that is being processed: then the newcomer is refused', () => {
    const { budget, gaveWay, open } = createBudget(1_000);
    const processed = open('processed', 'one');
    budget.hold(processed, 990);
    budget.keep(processed);
    expect(() => budget.hold(open('newcomer', 'two'), 20)).toThrow(
      expect.objectContaining({ code: 'overloaded' }) as Error,
    );
    expect(gaveWay).toEqual([]);
    expect(budget.bytes()).toBe(990);
  });

  test('spares a newcomer for which there is space, although little is left', () => {
    const { budget, gaveWay, open } = createBudget(1_000);
    const processed = open('processed', 'one');
    budget.hold(processed, 950);
    budget.keep(processed);
    budget.hold(open('newcomer', 'two'), 20);
    expect(gaveWay).toEqual([]);
    expect(budget.bytes()).toBe(970);
  });

  test('keeps a quarter for each kind of sender: a flood of one gives way to the other', () => {
    const { budget, gaveWay, open, pass } = createBudget(750);
    for (let number = 0; number < 30; number++) {
      budget.hold(open(`flood ${number}`, `browser ${number}`), 50);
      pass(10);
    }
    expect(budget.bytes()).toBeLessThanOrEqual(750);
    const till = open('till', 'till', 'server');
    budget.hold(till, 250);
    for (let number = 30; number < 60; number++) {
      pass(10);
      budget.hold(open(`flood ${number}`, 'browser'), 50);
    }
    expect(till.bytes).toBe(250);
    expect(gaveWay).not.toContain('till');
    for (let number = 0; number < 20; number++) budget.hold(open(`till ${number}`, 'till', 'server'), 50);
    expect(budget.bytes()).toBeLessThanOrEqual(1_000);
    // Each kind has what the other may not take.
    const page = open('page', 'page');
    budget.hold(page, 100);
    expect(page.bytes).toBe(100);
  });

  test('what is being processed of one kind does not end the bodies of the other within its share', () => {
    const { budget, gaveWay, open } = createBudget(750);
    for (let number = 0; number < 7; number++) {
      const body = open(`flood ${number}`, 'browser');
      budget.hold(body, 100);
      budget.keep(body);
    }
    expect(() => budget.hold(open('one more', 'browser'), 100)).toThrow('too many bodies');
    budget.hold(open('till', 'till', 'server'), 150);
    expect(gaveWay).toEqual([]);
  });
});
