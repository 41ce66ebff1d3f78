/**
 * The transactions of one consumer take turns, and a turn takes along what waits. Partitions share rows: a visitor's pages lie
 * in one, the orders in another. Handled at the same time, their batches would wait for each other's locks, or be begun again.
 * Handled one after the other, each waits for all others: measured over four partitions at half load, a transaction of
 * identity held 76 records and took 41 ms, so that a record waited four times as long. So parts of several partitions are
 * gathered into one turn, in the order in which they came, up to limits: few and at once while little comes, many under load.
 *
 * Several processes still run side by side; the locks are for them.
 */

import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';

export interface TurnPart {
  partition: number;
  /** Of records. */
  count: number;
  /** Of their keys and values. */
  characters: number;
  /** What they add to the cost of a transaction. */
  weight: number;
  /** It has a turn of its own. */
  isAlone: boolean;
}

export interface TurnLimits {
  maxCount: number;
  maxCharacters: number;
  maxWeight: number;
}

/** Resolves when the part is worked off, and rejects with what it failed with. */
export type Turns<P extends TurnPart> = (part: P) => Promise<void>;

interface WaitingPart<P> {
  part: P;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * @param limits of the next turn
 * @param work all of it, or nothing. Where it fails with several parts it is called again for each of them alone: a part fails
 *   for its own reasons only.
 */
export function createTurns<P extends TurnPart>(
  limits: () => TurnLimits,
  work: (parts: readonly P[]) => Promise<void>,
): Turns<P> {
  const waiting = new Set<WaitingPart<P>>();
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    for (;;) {
      // What arrives at one moment is one turn, and what was read ahead goes with what waited.
      await nextTurnOfTheLoop();
      if (waiting.size === 0) break;
      const inOrder = [...waiting];
      const taken = inOrder.slice(0, countTogether(inOrder, limits()));
      for (const one of taken) waiting.delete(one);
      if (taken.length > 1 && (await succeeds(taken))) continue;
      for (const one of taken) await work([one.part]).then(one.resolve, one.reject);
    }
    isRunning = false;
  }

  async function succeeds(taken: readonly WaitingPart<P>[]): Promise<boolean> {
    try {
      await work(taken.map(({ part }) => part));
    } catch {
      return false;
    }
    for (const one of taken) one.resolve();
    return true;
  }

  return (part) =>
    new Promise((resolve, reject) => {
      waiting.add({ part, resolve, reject });
      if (!isRunning) void run();
    });
}

/** How many of the parts that have waited longest are one turn. Never two of one partition: the second begins where the first ends. */
function countTogether(waiting: readonly WaitingPart<TurnPart>[], limits: TurnLimits): number {
  const partitions = new Set<number>();
  let count = 0;
  let characters = 0;
  let weight = 0;
  for (const { part } of waiting) {
    count += part.count;
    characters += part.characters;
    weight += part.weight;
    const isPastLimit =
      count > limits.maxCount || characters > limits.maxCharacters || weight > limits.maxWeight;
    if (partitions.size > 0 && (isPastLimit || part.isAlone || partitions.has(part.partition))) break;
    partitions.add(part.partition);
    if (part.isAlone) break;
  }
  return partitions.size;
}
