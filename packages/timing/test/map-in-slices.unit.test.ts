import { expect, test } from 'vitest';
import { mapInSlices } from '../src/map-in-slices.ts';

/** How many turns of the event loop pass while items take `itemMs` each. */
async function turnsOf(itemMs: number): Promise<{ mapped: number[]; turns: number }> {
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  let clock = 0;
  const double = (item: number): number => {
    clock += itemMs;
    return 2 * item;
  };
  const mapped = await mapInSlices([1, 2, 3, 4, 5, 6], double, () => clock);
  isDone = true;
  return { mapped, turns };
}

test('long work leaves the event loop to others between its slices, and keeps the order of its items', async () => {
  expect(await turnsOf(1.5)).toEqual({ mapped: [2, 4, 6, 8, 10, 12], turns: 2 });
});

test('short work is done at once', async () => {
  expect(await turnsOf(0.1)).toEqual({ mapped: [2, 4, 6, 8, 10, 12], turns: 0 });
});
