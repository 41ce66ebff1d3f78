import { compareIdentifierTypes, isBlockedIdentifier, isTransactionType } from '@throughline/contracts';
import {
  checkRandomHistories,
  type History,
  identifierIdForTests,
  inBatches,
  type Operation,
  referenceProfiles,
  seededRandom,
  shuffledOperations,
  touchpointKey,
  withDuplicates,
  worldAfter,
  type WorldDecision,
  type WorldErasure,
  type WorldTouchpoint,
} from '@throughline/testkit';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/core/decision.ts';
import type { Erasure } from '../../src/core/erasure.ts';
import { isGuessableNumber } from '../../src/core/guessable-number.ts';
import type { IncomingTouchpoint } from '../../src/core/mentions.ts';
import { MemoryIdentity } from './memory-identity.ts';

/** Histories in CI. A failure prints its seed; run that one alone with THROUGHLINE_TEST_SEED. */
const count = Number(process.env['THROUGHLINE_TEST_COUNT'] ?? 3_000);
const firstSeed = Number(process.env['THROUGHLINE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const seeds = { firstSeed, count: process.env['THROUGHLINE_TEST_SEED'] === undefined ? count : 1 };

function incoming(touchpoint: WorldTouchpoint): IncomingTouchpoint {
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
      return { id, type, blocked: isBlockedIdentifier(type, value), verified: verified.has(id), guessable };
    }),
  };
}

function toDecision(decision: WorldDecision): Decision {
  return {
    id: decision.id,
    kind: decision.kind,
    madeAt: decision.madeAt,
    sides: decision.sides.map((side) => side.map(({ type, value }) => identifierIdForTests(type, value))),
  };
}

function toErasure({ at, identifiers, shared }: WorldErasure): Erasure {
  return {
    at,
    extent: new Set(identifiers.map(({ type, value }) => identifierIdForTests(type, value))),
    sharedThen: new Map(
      shared.map(({ identifier: { type, value }, trust }) => [identifierIdForTests(type, value), trust]),
    ),
  };
}

function play(identity: MemoryIdentity, batch: readonly Operation[], settle: () => void): void {
  let touchpoints: IncomingTouchpoint[] = [];
  const flush = () => {
    if (touchpoints.length > 0) identity.consume(touchpoints);
    touchpoints = [];
  };
  for (const operation of batch) {
    if (operation.kind === 'touchpoint') {
      touchpoints.push(incoming(operation.touchpoint));
      continue;
    }
    flush();
    if (operation.kind === 'decision') identity.decide(toDecision(operation.decision));
    if (operation.kind === 'withdraw') identity.withdraw(operation.decisionId);
    if (operation.kind === 'erase') identity.erase(toErasure(operation.erasure));
  }
  flush();
  settle();
}

/** Only identifiers that exist can be named in a decision; the API refuses others. */
function existing(history: History): Operation[] {
  const mentioned = new Set(
    history.operations.flatMap((one) =>
      one.kind === 'touchpoint'
        ? one.touchpoint.identifiers.map(({ type, value }) => `${type}:${value}`)
        : [],
    ),
  );
  return history.operations.flatMap((one): Operation[] => {
    if (one.kind !== 'decision') return [one];
    const sides = one.decision.sides.map((side) =>
      side.filter(
        ({ type, value }) =>
          mentioned.has(`${type}:${value}`) &&
          !(one.decision.kind === 'merge' && isBlockedIdentifier(type, value)),
      ),
    );
    const enough =
      one.decision.kind === 'merge' ? (sides[0]?.length ?? 0) > 1 : sides.every((side) => side.length > 0);
    return enough ? [{ ...one, decision: { ...one.decision, sides } }] : [];
  });
}

function compare(
  identity: MemoryIdentity,
  operations: readonly Operation[],
  limits: History['limits'],
): void {
  const reference = referenceProfiles(worldAfter(operations, limits));
  const mine = [...identity.profiles()]
    .map(([id, { identifiers, touchpoints, count: touchpointCount }]) => ({
      id,
      identifiers,
      touchpoints,
      touchpointCount,
    }))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const theirs = reference.profiles.map(({ id, identifiers, touchpoints, touchpointCount }) => ({
    id,
    identifiers,
    touchpoints: touchpoints.toSorted(),
    touchpointCount,
  }));
  expect(mine).toEqual(theirs);
  for (const [id, expected] of reference.identifiers) {
    const { parent, root, firstSeenAt, lastSeenAt, sharedLevel, ambiguous } = expected;
    const state = identity.identifiers.get(id);
    expect({
      id,
      parent: state?.parent,
      root: state?.root,
      seen: [state?.firstSeenAt, state?.lastSeenAt],
    }).toEqual({
      id,
      parent,
      root,
      seen: [firstSeenAt, lastSeenAt],
    });
    expect(identity.sharedLevelOf(id)).toBe(sharedLevel);
    expect({ id, ambiguous: identity.told.get(id)?.ambiguous ?? null }).toEqual({ id, ambiguous });
  }
  const told = [...identity.toldProfiles()]
    .map(([id, { touchpoints, identified }]) => ({ id, touchpoints, identified }))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const expectedProfiles = reference.profiles
    .filter(({ touchpointCount }) => touchpointCount > 0)
    .map(({ id, touchpoints, identified }) => ({ id, touchpoints: touchpoints.toSorted(), identified }));
  expect(told).toEqual(expectedProfiles);
}

describe('the resolver against the reference model', () => {
  it('gives the reference profiles after every batch, whatever the order, duplicates and batches', () => {
    checkRandomHistories(seeds, (history, seed) => {
      const random = seededRandom(seed);
      const operations = withDuplicates(shuffledOperations(existing(history), random), random);
      const identity = new MemoryIdentity(history.limits, 1 + random.below(3));
      const done: Operation[] = [];
      for (const batch of inBatches(operations, random)) {
        play(identity, batch, () => identity.settle());
        done.push(...batch);
        if (random.chance(0.2)) compare(identity, done, history.limits);
      }
      compare(identity, done, history.limits);
    });
  }, 120_000);

  it('may leave rechecks for later and still ends at the reference profiles', () => {
    checkRandomHistories({ ...seeds, count: Math.ceil(seeds.count / 4) }, (history, seed) => {
      const random = seededRandom(seed);
      const operations = shuffledOperations(existing(history), random);
      const identity = new MemoryIdentity(history.limits, 1);
      for (const batch of inBatches(operations, random)) {
        play(identity, batch, () => {
          if (random.chance(0.5)) identity.recheckOnce();
        });
      }
      identity.settle();
      compare(identity, operations, history.limits);
    });
  }, 120_000);
});

describe('identifier order', () => {
  it('has no ties between types', () => {
    expect(compareIdentifierTypes('external.a', 'external.b')).toBeLessThan(0);
  });
});
