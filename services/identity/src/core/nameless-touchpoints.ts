/**
 * What erasures have left, as touchpoints of which nothing is left: other rules are evaluated from these and from the touchpoints
 * that remain. Withdrawals do not reach them.
 */
import type { IdentifierType } from '@throughline/contracts';
import { type Level, serverLevel, verifiedLevel } from './evidence.ts';
import type { IncomingTouchpoint, MentionedIdentifier } from './mentions.ts';

export interface ErasedEnd {
  id: string;
  type: IdentifierType;
  blocked: boolean;
}

const nameless: Omit<IncomingTouchpoint, 'trust' | 'counted'> = {
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
  return {
    ...nameless,
    trust: level === serverLevel ? 'server' : 'public',
    counted: ends.map((end) => ({ ...end, verified, guessable: false })),
  };
}

/** A transaction that a server has mentioned, by touchpoints that are gone. */
export function vouchedAsTouchpoint(end: ErasedEnd): IncomingTouchpoint {
  const identifier: MentionedIdentifier = { ...end, verified: false, guessable: true };
  return { ...nameless, trust: 'server', counted: [identifier] };
}
