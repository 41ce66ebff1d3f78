/** Work on many items, in slices: what else waits for the event loop has its turn between them. */
import { setImmediate as nextLoopTurn } from 'node:timers/promises';

/** A question has several turns of the loop, and may wait for as long in each of them. */
const sliceMs = 2;

/** @param now milliseconds of a clock that is never set back */
export async function mapInSlices<T, R>(
  items: readonly T[],
  map: (item: T) => R,
  now: () => number = () => performance.now(),
): Promise<R[]> {
  const mapped: R[] = [];
  let begunAt = now();
  for (const item of items) {
    if (now() - begunAt > sliceMs) {
      await nextLoopTurn();
      begunAt = now();
    }
    mapped.push(map(item));
  }
  return mapped;
}
