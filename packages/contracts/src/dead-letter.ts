/** The one table of why a consumer sets a record aside. `infra/docs/errors.md` documents each code. */
export const deadLetterCodes = {
  unreadable_record: 'The record does not match its schema',
  unknown_kind: 'The record is of a kind that this version does not know',
  record_failed: 'The record failed, also when it was processed alone',
  attempts_exhausted: 'The record was begun several times, alone, and no attempt finished',
} as const;

export type DeadLetterCode = keyof typeof deadLetterCodes;

/**
 * `dead`: kept until an operator replays it. `stuck`: it failed alone, and is retried apart. `waiting`: of a kind that this
 * version does not know. `replayed`: processed, or appended to its topic again.
 */
export const deadLetterStates = ['dead', 'stuck', 'waiting', 'replayed'] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];
