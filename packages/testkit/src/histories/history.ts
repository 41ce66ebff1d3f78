/** A history is a list of operations on a world, in the order of processing, and the world is what they add up to. */
import type { Identifier, IdentifierType } from '@throughline/contracts';
import { isBlockedValue } from '../reference/blocked-values.ts';
import {
  firstCopies,
  touchpointKey,
  type World,
  type WorldDecision,
  type WorldErasure,
  type WorldLimits,
  type WorldNaming,
  type WorldTouchpoint,
  type WorldWithdrawal,
} from '../reference/world.ts';

export type Operation =
  | { kind: 'touchpoint'; touchpoint: WorldTouchpoint }
  | { kind: 'decision'; decision: WorldDecision }
  | { kind: 'withdraw'; decisionId: string }
  | { kind: 'erase'; erasure: WorldErasure }
  /** From here on, these count, as if they always had. */
  | { kind: 'rules'; rules: WorldRules };

/** What operators lay down about all evidence: the policy, and what is withdrawn. */
export interface WorldRules {
  limits: WorldLimits;
  /** Beside the values that are blocked anyway. */
  blocked: Identifier[];
  withdrawals: WorldWithdrawal[];
  normalization: WorldNormalization;
}

/** What is one identifier, as a policy may lay it down. */
export interface WorldNormalization {
  /** Of these types capitals do not matter. */
  folded: IdentifierType[];
  /** These types are attached: they have other names. */
  attached: Partial<Record<IdentifierType, IdentifierType>>;
}

export function nameBy({ folded, attached }: WorldNormalization, { type, value }: Identifier): Identifier {
  const sent = sentAs[type] ?? type;
  return {
    type: attached[sent] ?? sent,
    value: folded.includes(sent) ? value.toLowerCase() : value,
  };
}

/** What is attached by some rules is sent under another name. */
const sentAs: Partial<Record<IdentifierType, IdentifierType>> = { 'device_id.shop': 'external.shop' };

export function namingBy(rules: WorldRules | undefined): Required<WorldNaming> {
  return {
    nameOf: (identifier) => (rules === undefined ? identifier : nameBy(rules.normalization, identifier)),
    isBlocked: (type, value) =>
      isBlockedValue(type, value) ||
      rules?.blocked
        .map((one) => nameBy(rules.normalization, one))
        .some((one) => one.type === type && one.value === value) === true,
  };
}

export interface History {
  operations: Operation[];
  limits: WorldLimits;
}

/** The world after the operations, which need not be all of a history. */
export function worldAfter(operations: readonly Operation[], limits: WorldLimits): World {
  const withdrawn = new Set(operations.flatMap((one) => (one.kind === 'withdraw' ? [one.decisionId] : [])));
  const rules = operations.findLast((one) => one.kind === 'rules')?.rules;
  // Of decisions and erasures, what was in force when they were made says what they name.
  const namingAt = (place: number): Required<WorldNaming> =>
    namingBy(operations.slice(0, place).findLast((one) => one.kind === 'rules')?.rules);
  return {
    touchpoints: firstCopies(
      operations.flatMap((one) => (one.kind === 'touchpoint' ? [one.touchpoint] : [])),
    ),
    decisions: operations.flatMap((one, place) => {
      if (one.kind !== 'decision' || withdrawn.has(one.decision.id)) return [];
      const { nameOf } = namingAt(place);
      return [{ ...one.decision, sides: one.decision.sides.map((side) => side.map(nameOf)) }];
    }),
    erasures: operations.flatMap((one, place) =>
      one.kind === 'erase' ? [{ ...one.erasure, naming: namingAt(place) }] : [],
    ),
    withdrawals: rules?.withdrawals ?? [],
    limits: rules?.limits ?? limits,
    identifierId: identifierIdForTests,
    ...namingBy(rules),
  };
}

/** A UUID that depends on type and value alone, so that a history means the same in every run. Not secret. */
export function identifierIdForTests(type: IdentifierType, value: string): string {
  const hex = [1, 2, 3, 4]
    .map((seed) => hash(seed, `${type}:${value}`).toString(16).padStart(8, '0'))
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** FNV-1a over UTF-16 units with a final mix (murmur3's), 32 bits. */
function hash(seed: number, text: string): number {
  let state = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** One line an operation, for the report of a failure. */
export function describeHistory({ operations, limits }: History): string {
  const limitText = `limits: shared ${limits.sharedDegree}, crowd ${limits.crowdDegree}, attached ${limits.attachedDegree}, bound ${limits.boundPersons} or ${limits.boundLinks} links`;
  return [
    limitText,
    ...operations.map((operation, index) => `${index}. ${describeOperation(operation)}`),
  ].join('\n');
}

function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'touchpoint': {
      const { touchpoint } = operation;
      const proof = touchpoint.verified === undefined ? '' : ` verified ${describe(touchpoint.verified)}`;
      const traits = touchpoint.traits === undefined ? '' : ` traits ${JSON.stringify(touchpoint.traits)}`;
      const name = touchpoint.name === null ? '' : ` "${touchpoint.name}"`;
      return (
        `${touchpoint.trust} ${touchpoint.type}${name} ${touchpointKey(touchpoint)} {${describe(touchpoint.identifiers)}}` +
        `${proof}${traits} occurred ${touchpoint.occurredAt} received ${touchpoint.receivedAt}`
      );
    }
    case 'decision': {
      const { id, kind, madeAt, sides } = operation.decision;
      return `${kind} ${id} at ${madeAt}: ${sides.map((side) => `{${describe(side)}}`).join(' | ')}`;
    }
    case 'withdraw':
      return `withdraw ${operation.decisionId}`;
    case 'rules': {
      const { limits, blocked, withdrawals, normalization } = operation.rules;
      const blockedText = describe(blocked);
      return `rules ${JSON.stringify(limits)}, blocked {${blockedText}}, ${JSON.stringify(normalization)}, withdrawn ${JSON.stringify(withdrawals)}`;
    }
    case 'erase': {
      const { at, identifiers, shared } = operation.erasure;
      const sharedText = shared
        .map(({ identifier, trust }) => `${describe([identifier])} (${trust})`)
        .join(', ');
      return `erase at ${at} {${describe(identifiers)}}, shared then: ${sharedText || 'none'}`;
    }
  }
}

function describe(identifiers: readonly Identifier[]): string {
  return identifiers.map(({ type, value }) => `${type}:${value}`).join(', ');
}
