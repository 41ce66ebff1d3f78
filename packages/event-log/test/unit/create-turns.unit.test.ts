import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createTurns, type TurnLimits, type TurnPart } from '../../src/consumer-loop/create-turns.ts';

const wide: TurnLimits = { maxCount: 1_000, maxCharacters: 1_000, maxWeight: 1_000 };

function part(partition: number, given: Partial<TurnPart> = {}): TurnPart {
  return { partition, count: 1, characters: 1, weight: 1, isAlone: false, ...given };
}

/** Turns of which the first lasts until the test lets it end, so that what follows is known to wait. */
function startTurns(limits: TurnLimits, fail: (parts: readonly TurnPart[]) => boolean = () => false) {
  const worked: number[][] = [];
  const first = Promise.withResolvers<void>();
  let running = 0;
  const take = createTurns<TurnPart>(
    () => limits,
    async (parts) => {
      running++;
      expect(running).toBe(1);
      worked.push(parts.map(({ partition }) => partition));
      await (worked.length === 1 ? first.promise : tick());
      running--;
      if (fail(parts)) throw new Error(parts.map(({ partition }) => partition).join(' '));
    },
  );
  return { take, worked, endFirst: () => first.resolve() };
}

async function workOff(
  limits: TurnLimits,
  parts: readonly TurnPart[],
  fail?: (parts: readonly TurnPart[]) => boolean,
) {
  const { take, worked, endFirst } = startTurns(limits, fail);
  const first = take(part(99));
  await tick();
  const rest = parts.map((one) => take(one));
  endFirst();
  await first;
  const results = await Promise.allSettled(rest);
  return { worked: worked.slice(1), results };
}

describe('the turns of a consumer', () => {
  test('begin with all that comes at one moment where nothing runs', async () => {
    const { take, worked } = startTurns(wide);
    void take(part(1));
    void take(part(2));
    await tick();
    void take(part(3));
    await tick();
    expect(worked).toEqual([[1, 2]]);
  });

  test('leave time between them for what was read ahead', async () => {
    const { take, worked, endFirst } = startTurns(wide);
    const first = take(part(1));
    await tick();
    const second = take(part(2));
    // As a partition whose next batch is there when the one before is done.
    const third = first.then(() => take(part(1)));
    endFirst();
    await Promise.all([second, third]);
    expect(worked).toEqual([[1], [2, 1]]);
  });

  test('take along what waits of other partitions, in its order', async () => {
    const { worked, results } = await workOff(wide, [part(3), part(1), part(2)]);
    expect(worked).toEqual([[3, 1, 2]]);
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  test.each([
    ['records', { maxCount: 5 }, { count: 2 }],
    ['characters', { maxCharacters: 5 }, { characters: 2 }],
    ['weight', { maxWeight: 5 }, { weight: 2 }],
  ])('hold %s up to the limit', async (_, limits, given) => {
    const parts = [1, 2, 3, 4, 5].map((partition) => part(partition, given));
    const { worked } = await workOff({ ...wide, ...limits }, parts);
    expect(worked).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('hold a part that is larger than the limit', async () => {
    const { worked } = await workOff({ ...wide, maxWeight: 5 }, [part(1, { weight: 9 }), part(2)]);
    expect(worked).toEqual([[1], [2]]);
  });

  test('never hold two parts of one partition', async () => {
    const { worked } = await workOff(wide, [part(1), part(2), part(1), part(2)]);
    expect(worked).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('hold nothing beside a part that is to be alone', async () => {
    const { worked } = await workOff(wide, [part(1), part(2, { isAlone: true }), part(3), part(4)]);
    expect(worked).toEqual([[1], [2], [3, 4]]);
  });

  test('that fail are repeated for each part alone, so that only the part at fault is rejected', async () => {
    const isAtFault = (parts: readonly TurnPart[]) => parts.some(({ partition }) => partition === 2);
    const { worked, results } = await workOff(wide, [part(1), part(2), part(3)], isAtFault);
    expect(worked).toEqual([[1, 2, 3], [1], [2], [3]]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: new Error('2') });
  });
});
