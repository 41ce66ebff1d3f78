/** Histories of a small town of customers: one seed, one history. */
import { defaultWorldLimits } from '../reference/world.ts';
import { personOf, scenes } from './customer-scenes.ts';
import { type Draft, historyOf } from './draft.ts';
import { describeHistory, type History } from './history.ts';
import { seededRandom } from './seeded-random.ts';
import { shrinkHistory } from './shrink-history.ts';

/** @param operations about how many; 5 to 40 by the seed unless given */
export function randomHistory(seed: number, { operations }: { operations?: number } = {}): History {
  const random = seededRandom(seed);
  const people = Array.from({ length: 2 + random.below(6) }, (_, index) => personOf(index));
  const size = operations ?? 5 + random.below(36);
  const drafts: Draft[] = [];
  while (drafts.length < size) drafts.push(...random.pick(scenes)(random, people, random.below(4)));
  return historyOf(drafts.slice(0, size), {
    ...defaultWorldLimits,
    sharedDegree: random.pick([defaultWorldLimits.sharedDegree, 2, 3]),
    crowdDegree: random.pick([defaultWorldLimits.crowdDegree, 3]),
    attachedDegree: random.pick([defaultWorldLimits.attachedDegree, 2]),
    boundPersons: random.pick([defaultWorldLimits.boundPersons, defaultWorldLimits.boundPersons, 4]),
    boundLinks: random.pick([defaultWorldLimits.boundLinks, defaultWorldLimits.boundLinks, 5]),
  });
}

/**
 * Runs the check on the histories of `count` seeds.
 *
 * @throws Error with the seed, the history shrunk to what still fails, and the check's own error as its cause
 */
export function checkRandomHistories(
  { firstSeed, count }: { firstSeed: number; count: number },
  check: (history: History, seed: number) => void,
): void {
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const history = randomHistory(seed);
    const failure = errorOf(() => check(history, seed));
    if (failure === null) continue;
    const smallest = shrinkHistory(history, (candidate) => errorOf(() => check(candidate, seed)) !== null);
    const cause = errorOf(() => check(smallest, seed)) ?? failure;
    throw new Error(`seed ${seed}: ${cause.message}\n${describeHistory(smallest)}`, { cause });
  }
}

function errorOf(action: () => void): Error | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
