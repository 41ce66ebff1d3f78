/** Work that may never settle, such as a request on a connection that ended at the wrong moment, must not hold its caller. */

/**
 * The outcome of the work, if it settles in time; the work itself continues, and its late outcome is dropped.
 * @throws NoAnswerInTime, which names `what`
 */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new NoAnswerInTime(what, timeoutMs)), timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class NoAnswerInTime extends Error {
  /** As kafkajs' own errors say that an attempt may follow. */
  readonly retriable = true;

  constructor(what: string, timeoutMs: number) {
    super(`${what}: no answer in ${timeoutMs / 1_000} s`);
    this.name = 'NoAnswerInTime';
  }
}
