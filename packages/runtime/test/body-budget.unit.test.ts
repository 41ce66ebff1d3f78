import { describe, expect, test } from 'vitest';
import { BodyBudget, type HeldBody } from '../src/http/body-budget.ts';

function createBudget(maxBytes: number) {
  let now = 0;
  const gaveWay: string[] = [];
  const budget = new BodyBudget({ maxBytes, now: () => now });
  const open = (name: string, sender: string): HeldBody => budget.open(sender, () => gaveWay.push(name));
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

  test('spares a newcomer for which there is room, although little is left', () => {
    const { budget, gaveWay, open } = createBudget(1_000);
    const processed = open('processed', 'one');
    budget.hold(processed, 950);
    budget.keep(processed);
    budget.hold(open('newcomer', 'two'), 20);
    expect(gaveWay).toEqual([]);
    expect(budget.bytes()).toBe(970);
  });
});
