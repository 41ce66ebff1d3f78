import { describe, expect, test } from 'vitest';
import { estimateHeapBytes, HeapTurns, smallBodyBytes } from '../src/http/heap-turns.ts';
import { shareOfKind, type SenderKind } from '../src/http/sender-kind.ts';

const large = new Uint8Array(smallBodyBytes + 1).fill(0x61);
const weight = estimateHeapBytes(large);
const small = new Uint8Array(100);

/** Names in the order in which their turns were granted. */
function createTurns(largeBodies: number, maxWaitMs = 60_000) {
  const granted: string[] = [];
  const turns = new HeapTurns({
    laneBytes: { small: 10_000_000, large: (weight * largeBodies) / shareOfKind },
    maxWaitMs,
  });
  const take = (name: string, sender: string, body = large, kind: SenderKind = 'public') => {
    const turn = turns.take(kind, sender, body);
    turn.granted.then(
      () => granted.push(name),
      () => granted.push(`${name} refused`),
    );
    return turn;
  };
  return { granted, take };
}

/** Until all promises that are settled have been seen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('turns at the heap', () => {
  test('a body of many empty values weighs more than a text of the same length', () => {
    const objects = Buffer.from(`[${'{},'.repeat(1_000)}{}]`);
    const text = Buffer.from(`["${'x'.repeat(objects.length - 4)}"]`);
    expect(objects.length).toBe(text.length);
    expect(estimateHeapBytes(objects)).toBeGreaterThan(5 * estimateHeapBytes(text));
  });

  test('as many bodies are processed as fit, the others wait until one ends', async () => {
    const { granted, take } = createTurns(2);
    const first = take('first', 'a');
    take('second', 'b');
    take('third', 'c');
    await settle();
    expect(granted).toEqual(['first', 'second']);
    first.end();
    first.end();
    await settle();
    expect(granted).toEqual(['first', 'second', 'third']);
  });

  test('the worst case of a length counts for half of a lane, and what bodies really hold for the rest', async () => {
    const worstCase = (large.length + 1) * (weight / large.length) * 10.6;
    const { granted, take } = createTurns((2 * worstCase) / weight);
    for (let number = 0; number < 30; number++) take(`${number}`, 'a');
    await settle();
    expect(granted.length).toBeGreaterThan(9);
    expect(granted.length).toBeLessThan(13);
  });

  test('senders take turns, so that one that queues many does not delay another', async () => {
    const { granted, take } = createTurns(1);
    const [a1, a2, , b1] = [take('a1', 'a'), take('a2', 'a'), take('a3', 'a'), take('b1', 'b')];
    for (const turn of [a1, a2, b1]) {
      turn.end();
      await settle();
    }
    expect(granted).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  test('small bodies do not wait behind large ones', async () => {
    const { granted, take } = createTurns(1);
    take('large', 'a');
    take('waiting', 'a');
    take('small', 'a', small);
    await settle();
    expect(granted).toEqual(['large', 'small']);
  });

  test('a body heavier than its lane passes when the lane is empty', async () => {
    const { granted, take } = createTurns(0.5);
    const first = take('first', 'a');
    take('second', 'a');
    await settle();
    expect(granted).toEqual(['first']);
    first.end();
    await settle();
    expect(granted).toEqual(['first', 'second']);
  });

  test('a body that stops waiting leaves its place to the next', async () => {
    const { granted, take } = createTurns(1);
    const first = take('first', 'a');
    take('gone', 'b').end();
    take('next', 'c');
    first.end();
    await settle();
    expect(granted).toEqual(['first', 'next']);
  });

  test('a body that waits too long is refused', async () => {
    const { granted, take } = createTurns(1, 1);
    take('first', 'a');
    const waiting = take('waiting', 'b');
    await expect(waiting.granted).rejects.toMatchObject({ code: 'overloaded' });
    expect(granted).toContain('waiting refused');
  });

  test('a flood of public bodies leaves a share to servers, and servers leave one to it', async () => {
    const { granted, take } = createTurns(3);
    for (const name of ['p1', 'p2', 'p3', 'p4']) take(name, name);
    take('s1', 'till', large, 'server');
    await settle();
    expect(granted).toEqual(['p1', 'p2', 'p3', 's1']);
    const { granted: others, take: takeOther } = createTurns(3);
    for (const name of ['s1', 's2', 's3', 's4']) takeOther(name, name, large, 'server');
    takeOther('p1', 'page');
    await settle();
    expect(others).toEqual(['s1', 's2', 's3', 'p1']);
  });

  test('a body that needs the whole lane gets it, though the other kind has more to do', async () => {
    const { granted, take } = createTurns(3);
    const first = take('p1', 'a');
    const heavy = take('import', 'office', new Uint8Array(smallBodyBytes * 6).fill(0x61), 'server');
    take('p2', 'b');
    await settle();
    expect(granted).toEqual(['p1']);
    first.end();
    await settle();
    expect(granted).toEqual(['p1', 'import']);
    heavy.end();
    await settle();
    expect(granted).toEqual(['p1', 'import', 'p2']);
  });
});
