import { compareIdentifierTypes } from '@throughline/contracts';
import {
  checkChaoticHistories,
  checkRandomHistories,
  type History,
  inBatches,
  isBlockedValue,
  type Operation,
  seededRandom,
  shuffledOperations,
  withDuplicates,
  worldAfter,
} from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import type { IncomingTouchpoint } from '../../src/core/mentions.ts';
import { expectReference } from './expect-reference.ts';
import { MemoryIdentity } from './memory-identity.ts';
import { incoming, toDecision, toErasure } from './world-input.ts';

/** Histories in CI. A failure prints its seed; run that one alone with THROUGHLINE_TEST_SEED. */
const count = Number(process.env['THROUGHLINE_TEST_COUNT'] ?? 3_000);
const firstSeed = Number(process.env['THROUGHLINE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const seeds = { firstSeed, count: process.env['THROUGHLINE_TEST_SEED'] === undefined ? count : 1 };

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
          !(one.decision.kind === 'merge' && isBlockedValue(type, value)),
      ),
    );
    const enough =
      one.decision.kind === 'merge' ? (sides[0]?.length ?? 0) > 1 : sides.every((side) => side.length > 0);
    return enough ? [{ ...one, decision: { ...one.decision, sides } }] : [];
  });
}

describe('the resolver against the reference model', () => {
  test('gives the reference profiles after every batch, whatever the order, duplicates and batches', () => {
    checkRandomHistories(seeds, (history, seed) => {
      const random = seededRandom(seed);
      const operations = withDuplicates(shuffledOperations(existing(history), random), random);
      const identity = new MemoryIdentity(history.limits, 1 + random.below(3));
      const done: Operation[] = [];
      for (const batch of inBatches(operations, random)) {
        play(identity, batch, () => identity.settle());
        done.push(...batch);
        if (random.chance(0.2)) expectReference(identity, worldAfter(done, history.limits));
      }
      expectReference(identity, worldAfter(done, history.limits));
    });
  }, 600_000);

  test('may leave rechecks for later and still ends at the reference profiles', () => {
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
      expectReference(identity, worldAfter(operations, history.limits));
    });
  }, 600_000);
});

describe('the resolver on histories of few identifiers, where everything meets everything', () => {
  test('gives the reference profiles in any order', () => {
    checkChaoticHistories({ count: seeds.count, maxOperations: 24 }, (history, seed) => {
      const random = seededRandom(seed);
      const operations = shuffledOperations(existing(history), random);
      const identity = new MemoryIdentity(history.limits, 1 + random.below(3));
      for (const batch of inBatches(operations, random)) play(identity, batch, () => identity.settle());
      expectReference(identity, worldAfter(operations, history.limits));
    });
  }, 600_000);
});

describe('identifier order', () => {
  test('has no ties between types', () => {
    expect(compareIdentifierTypes('external.a', 'external.b')).toBeLessThan(0);
  });
});
