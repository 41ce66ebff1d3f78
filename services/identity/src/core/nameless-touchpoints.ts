/**
 * What other rules are evaluated from beside the touchpoints that remain, as touchpoints of which nothing is left: what erasures have
 * left, which withdrawals do not reach, and what decisions name.
 */
import type { IdentifierType } from '@throughline/contracts';
import { type Level, serverLevel, verifiedLevel } from './evidence.ts';
import type { IncomingTouchpoint, MentionedIdentifier } from './mentions.ts';

export interface ErasedEnd {
  id: string;
  type: IdentifierType;
  blocked: boolean;
}

const nameless: Omit<IncomingTouchpoint, 'trust' | 'taken'> = {
  key: '',
  source: '',
  id: '',
  occurredAt: '',
  receivedAt: '',
  alias: false,
  identifiers: [],
};

/** A link that counts at this level although nothing may show it any more. */
export function erasedLinkAsTouchpoint(level: Level, ends: readonly ErasedEnd[]): IncomingTouchpoint {
  const verified = level === verifiedLevel;
  const [one, other] = ends.map((end): MentionedIdentifier => ({ ...end, verified, guessable: false }));
  const trust = level === serverLevel ? 'server' : 'public';
  if (one === undefined || other === undefined) return { ...nameless, trust };
  return { ...nameless, trust, taken: [{ identifiers: [one, other], pairs: [[one, other]] }] };
}

/** Identifiers that a decision names, whether touchpoints mention them or not. */
export function namedAsTouchpoint(ends: readonly ErasedEnd[]): IncomingTouchpoint {
  const identifiers = ends.map((end) => ({ ...end, verified: false, guessable: false }));
  return { ...nameless, trust: 'public', taken: [{ identifiers, pairs: [] }] };
}

/** A transaction that a server has mentioned, by touchpoints that are gone. */
export function vouchedAsTouchpoint(end: ErasedEnd): IncomingTouchpoint {
  const identifier: MentionedIdentifier = { ...end, verified: false, guessable: true };
  return { ...nameless, trust: 'server', taken: [{ identifiers: [identifier], pairs: [] }] };
}
