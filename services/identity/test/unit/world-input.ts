/** What a world of the reference model says, as inputs of the resolver. */
import { type Identifier, type IdentifierType, isTransactionType } from '@throughline/contracts';
import {
  identifierIdForTests,
  isBlockedValue,
  nameBy,
  namingBy,
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

/** What has had an id so far: an id says nothing by itself. */
const named = new Map<string, Identifier>();

function idOf(identifier: Identifier): string {
  const id = identifierIdForTests(identifier.type, identifier.value);
  named.set(id, { type: identifier.type, value: identifier.value });
  return id;
}

export function incoming(touchpoint: WorldTouchpoint): IncomingTouchpoint {
  const verified = new Set(touchpoint.verified?.map(({ type, value }) => idOf({ type, value })));
  return {
    key: touchpointKey(touchpoint),
    source: touchpoint.source,
    id: touchpoint.id,
    trust: touchpoint.trust,
    occurredAt: touchpoint.occurredAt,
    receivedAt: touchpoint.receivedAt,
    alias: touchpoint.type === 'alias' && touchpoint.trust === 'server',
    identifiers: touchpoint.identifiers.map(({ type, value }) => {
      const id = idOf({ type, value });
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
    sides: decision.sides.map((side) => side.map(({ type, value }) => idOf({ type, value }))),
  };
}

function identifierOf(id: string): Identifier {
  const identifier = named.get(id);
  if (identifier === undefined) throw new Error(`nothing has the id ${id}`);
  return identifier;
}

/** Its rules are those of the one that carries it out. */
export function toErasure({ at, identifiers, shared }: WorldErasure): Omit<Erasure, 'rules'> {
  return {
    at,
    extent: new Set(identifiers.map(idOf)),
    sharedThen: new Map(shared.map(({ identifier, trust }) => [idOf(identifier), trust])),
  };
}

export function toRules(rules: WorldRules): MemoryRules {
  const { limits, withdrawals, normalization } = rules;
  const { isBlocked } = namingBy(rules);
  const rename = (identifier: Identifier): { id: string; type: IdentifierType } => {
    const called = nameBy(normalization, identifier);
    return { id: idOf(called), type: called.type };
  };
  const idBy = (identifier: Identifier): string => rename(identifier).id;
  return {
    limits,
    withdrawals: withdrawals.map((one) => ({
      ...one,
      link: one.link === null ? null : [idBy(one.link[0]), idBy(one.link[1])],
    })),
    isBlocked: (id) => isBlocked(identifierOf(id).type, identifierOf(id).value),
    rename: (id) => rename(identifierOf(id)),
  };
}
