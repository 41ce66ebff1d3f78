/** Why the log cannot be used, in a word that stays the same, and what an operator does about it. Never for strangers. */

export class LogFailure extends Error {
  /** Stable; under this name it stands in the logs, and as the reason of a `/readyz` that is not ready. */
  readonly code: string;
  readonly hint: string;

  constructor(kind: string, message: string, options: { hint: string; cause?: unknown }) {
    super(`${message}. ${options.hint}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LogFailure';
    this.code = kind;
    this.hint = options.hint;
  }
}

export const missingPartitionHint =
  'It has fewer than it had: add partitions, or what waits for the missing ones waits for ever.';
