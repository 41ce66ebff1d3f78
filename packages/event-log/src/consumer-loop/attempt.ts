/**
 * A record that kills its process, or its connection, leaves no error to catch. So what is begun is counted, outside the
 * transaction: once for each claim of a partition, before its first batch. A process that consumes well writes one row a
 * claim.
 */

export interface Attempt {
  /** Of the first record of the batch that was begun. */
  offset: number;
  /** How often a batch was begun there. */
  count: number;
  /** From `offset` to here, records are consumed one by one; not above `offset`: they are not. */
  isolateBelow: number;
}

/** Batches that are begun at one offset before they are cut into single records. */
const maxWholeAttempts = 3;
/** Attempts at a single record before it is set aside. */
const maxAloneAttempts = 3;

/** @param endOffset of the batch: one above its last record */
export function decideAttempt(
  previous: Attempt | undefined,
  { offset, endOffset }: { offset: number; endOffset: number },
): Attempt {
  const count = previous?.offset === offset ? previous.count + 1 : 1;
  const isIsolating = previous !== undefined && offset >= previous.offset && offset < previous.isolateBelow;
  if (isIsolating) return { offset, count, isolateBelow: previous.isolateBelow };
  if (count > maxWholeAttempts) return { offset, count: 1, isolateBelow: endOffset };
  return { offset, count, isolateBelow: offset };
}

export function isAlone({ offset, isolateBelow }: Attempt): boolean {
  return offset < isolateBelow;
}

export function isExhausted(attempt: Attempt): boolean {
  return isAlone(attempt) && attempt.count > maxAloneAttempts;
}

/** An attempt that ended for a reason outside of the records counts for nothing. */
export function forgiveAttempt(attempt: Attempt): Attempt {
  return { ...attempt, count: attempt.count - 1 };
}
