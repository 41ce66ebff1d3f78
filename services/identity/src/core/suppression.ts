/** A person who is kept out: what was received while the suppression lasts, and names one of its identifiers, is not stored. */
import type { IncomingTouchpoint } from './mentions.ts';

export interface Suppression {
  /** Version of the rules that name the identifier. */
  rules: number;
  identifier: string;
  /** What was received by then is not concerned: the erasure has judged it. */
  since: string;
  /** Inclusive; null while it lasts. */
  until: string | null;
}

/** By the time of receipt, so that it does not matter when a touchpoint is processed. */
export function isKeptOut(
  { receivedAt, identifiers }: Pick<IncomingTouchpoint, 'receivedAt' | 'identifiers'>,
  { identifier, since, until }: Suppression,
): boolean {
  return (
    receivedAt > since &&
    (until === null || receivedAt <= until) &&
    identifiers.some(({ id }) => id === identifier)
  );
}
