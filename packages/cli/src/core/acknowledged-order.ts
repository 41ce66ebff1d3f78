/** Answers come in any order; what is written down must be a beginning of the file. This puts them back in order. */

export interface AcknowledgedOrder<T> {
  /** Returns what is now complete up to the first gap, in order. Each sequence number, from 0, comes once. */
  complete(sequence: number, outcome: T): T[];
  /** Completed ones that wait for an earlier one. */
  waiting(): number;
}

export function createAcknowledgedOrder<T>(): AcknowledgedOrder<T> {
  const early = new Map<number, T>();
  let next = 0;
  return {
    complete(sequence, outcome) {
      if (sequence < next || early.has(sequence)) throw new Error(`batch ${sequence} was completed twice`);
      early.set(sequence, outcome);
      const ready: T[] = [];
      while (early.has(next)) {
        ready.push(early.get(next) as T);
        early.delete(next);
        next += 1;
      }
      return ready;
    },
    waiting: () => early.size,
  };
}
