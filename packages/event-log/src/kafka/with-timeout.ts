/** kafkajs may wait for ever on a connection that ended at the wrong moment: its callers must not. */

/** Rejects with an error that may be tried again when the work has not settled in time; the work continues, its outcome is dropped. */
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
  /** As kafkajs' own errors say it. */
  readonly retriable = true;

  constructor(what: string, timeoutMs: number) {
    super(`${what}: no answer in ${timeoutMs / 1_000} s`);
    this.name = 'NoAnswerInTime';
  }
}
