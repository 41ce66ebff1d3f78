/** What a world of the reference model says, as inputs of the resolver. */
import { isTransactionType } from '@throughline/contracts';
import {
  identifierIdForTests,
  isBlockedValue,
  touchpointKey,
  type WorldDecision,
  type WorldErasure,
  type WorldRules,
  type WorldTouchpoint,
} from '@throughline/testkit';
import type { Decision } from '../../src/core/decision.ts';
import type { Erasure } from '../../src/core/erasure.ts';
import { isGuessableNumber } from '../../src/core/guessable-number.ts';
import type { IncomingTouchpoint } from '../../src/core/mentions.ts';
import type { MemoryRules } from './memory-identity.ts';

export function incoming(touchpoint: WorldTouchpoint): IncomingTouchpoint {
  const verified = new Set(touchpoint.verified?.map(({ type, value }) => identifierIdForTests(type, value)));
  return {
    key: touchpointKey(touchpoint),
    source: touchpoint.source,
    id: touchpoint.id,
    trust: touchpoint.trust,
    occurredAt: touchpoint.occurredAt,
    receivedAt: touchpoint.receivedAt,
    alias: touchpoint.type === 'alias' && touchpoint.trust === 'server',
    identifiers: touchpoint.identifiers.map(({ type, value }) => {
      const id = identifierIdForTests(type, value);
      const guessable = isTransactionType(type) && isGuessableNumber(value);
      return { id, type, blocked: isBlockedValue(type, value), verified: verified.has(id), guessable };
    }),
  };
}

export function toDecision(decision: WorldDecision): Decision {
  return {
    id: decision.id,
    kind: decision.kind,
    madeAt: decision.madeAt,
    sides: decision.sides.map((side) => side.map(({ type, value }) => identifierIdForTests(type, value))),
  };
}

export function toErasure({ at, identifiers, shared }: WorldErasure): Erasure {
  return {
    at,
    extent: new Set(identifiers.map(({ type, value }) => identifierIdForTests(type, value))),
    sharedThen: new Map(
      shared.map(({ identifier: { type, value }, trust }) => [identifierIdForTests(type, value), trust]),
    ),
  };
}

export function toRules({ limits, blocked, withdrawals }: WorldRules): MemoryRules {
  const idOf = ({ type, value }: WorldRules['blocked'][number]) => identifierIdForTests(type, value);
  return {
    limits,
    blocked: new Set(blocked.map(idOf)),
    withdrawals: withdrawals.map((one) => ({
      ...one,
      link: one.link === null ? null : [idOf(one.link[0]), idOf(one.link[1])],
    })),
  };
}
