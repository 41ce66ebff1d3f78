import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  type ClassifiedPart,
  createTurnsOfClasses,
} from '../../src/consumer-loop/create-turns-of-classes.ts';

const bulkCount = 3;

function part(partition: number, traffic: ClassifiedPart['traffic'], count = 1): ClassifiedPart {
  return { partition, traffic, count, characters: 1, weight: 1, isAlone: false };
}

/** Turns of which each lasts until the test ends it. */
function startTurns() {
  const begun: { partitions: number[]; end: () => void }[] = [];
  const take = createTurnsOfClasses<ClassifiedPart>(
    (traffic) => ({
      maxCount: traffic === 'bulk' ? bulkCount : 1_000,
      maxCharacters: 1_000,
      maxWeight: 1_000,
    }),
    (parts) =>
      new Promise((resolve) => {
        begun.push({ partitions: parts.map(({ partition }) => partition), end: resolve });
      }),
  );
  return { take, begun };
}

test('a single request does not wait for the bulk transaction that runs', async () => {
  const { take, begun } = startTurns();
  void take(part(4, 'bulk'));
  await tick();
  const single = take(part(1, 'interactive'));
  await tick();
  expect(begun.map(({ partitions }) => partitions)).toEqual([[4], [1]]);
  begun[1]?.end();
  await single;
});

test('parts of one class are one turn within its own limits, and those of the other are not in it', async () => {
  const { take, begun } = startTurns();
  void take(part(4, 'bulk', bulkCount));
  void take(part(1, 'interactive', bulkCount));
  void take(part(5, 'bulk', bulkCount));
  void take(part(2, 'interactive', bulkCount));
  await tick();
  expect(begun.map(({ partitions }) => partitions)).toEqual([[4], [1, 2]]);
});
