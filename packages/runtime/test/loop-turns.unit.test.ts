import { setImmediate as nextLoopTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { LoopTurns, type LongWork, type LoopTurnsOptions } from '../src/http/loop-turns.ts';
import type { SenderKind } from '../src/http/sender-kind.ts';

function createTurns({
  maxWaitMs = 60_000,
  hasOthers = () => false,
  sliceMs = 0,
}: Partial<LoopTurnsOptions> = {}) {
  const begun: string[] = [];
  const works = new Map<string, LongWork>();
  const turns = new LoopTurns({ maxWaitMs, hasOthers, sliceMs });
  const note = async (name: string, beginning: Promise<LongWork>): Promise<void> => {
    try {
      works.set(name, await beginning);
      begun.push(name);
    } catch {
      begun.push(`${name} refused`);
    }
  };
  const take = (name: string, sender: string, kind: SenderKind = 'public') => {
    const turn = turns.take(kind, sender);
    void note(name, turn.begun);
    return turn;
  };
  return { begun, works, take };
}

/** So many turns of the loop that everything that may begin has begun. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextLoopTurn();
}

describe('turns at the event loop', () => {
  test('one request works at a time, and the next one begins when it ends', async () => {
    const { begun, works, take } = createTurns();
    take('first', 'a');
    take('second', 'a');
    await settle();
    expect(begun).toEqual(['first']);
    works.get('first')?.end();
    works.get('first')?.end();
    expect(begun).toEqual(['first']);
    await settle();
    expect(begun).toEqual(['first', 'second']);
  });

  test('what came meanwhile runs while the work pauses', async () => {
    const { works, take } = createTurns();
    take('work', 'a');
    await settle();
    const order: string[] = [];
    setImmediate(() => order.push('another request'));
    await works.get('work')?.pause();
    order.push('the work');
    expect(order).toEqual(['another request', 'the work']);
  });

  test('a slice is used up by time, and is whole again after a pause', async () => {
    const { works, take } = createTurns({ sliceMs: 60_000 });
    take('long slice', 'a');
    await settle();
    expect(works.get('long slice')?.isDue()).toBe(false);
    const short = createTurns();
    short.take('no slice', 'a');
    await settle();
    expect(short.works.get('no slice')?.isDue()).toBe(true);
  });

  test('while others are under way, the next one waits for as long as the loop was just used', async () => {
    const { begun, works, take } = createTurns({ hasOthers: () => true });
    take('first', 'a');
    await settle();
    const until = performance.now() + 100;
    while (performance.now() < until);
    const begunAt = take('second', 'a').begun.then(() => performance.now());
    works.get('first')?.end();
    const endedAt = performance.now();
    // A timer may fire a millisecond early, never more.
    expect((await begunAt) - endedAt).toBeGreaterThan(98);
    expect(begun).toEqual(['first', 'second']);
  });

  test('kinds alternate, and within a kind senders take turns', async () => {
    const { begun, works, take } = createTurns();
    take('a1', 'a');
    take('a2', 'a');
    take('b1', 'b');
    take('till1', 'till', 'server');
    take('till2', 'till', 'server');
    for (let index = 0; index < 5; index++) {
      await settle();
      works.get(begun.at(-1) ?? '')?.end();
    }
    expect(begun).toEqual(['till1', 'a1', 'till2', 'b1', 'a2']);
  });

  test('what stops waiting is left out, and what waits too long is refused as overloaded', async () => {
    const { begun, works, take } = createTurns({ maxWaitMs: 20 });
    take('first', 'a');
    await settle();
    const gone = take('gone', 'a');
    const late = take('late', 'b');
    gone.end();
    await expect(late.begun).rejects.toMatchObject({ code: 'overloaded' });
    works.get('first')?.end();
    await settle();
    expect(begun).toEqual(['first', 'late refused']);
  });
});
