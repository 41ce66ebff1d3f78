import { compareIdentifierTypes } from '@throughline/contracts';
import {
  checkChaoticHistories,
  checkRandomHistories,
  inBatches,
  type Operation,
  seededRandom,
  shuffledOperations,
  testSeeds,
  withDuplicates,
  worldAfter,
} from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { expectReference } from './expect-reference.ts';
import { MemoryIdentity } from './memory-identity.ts';
import { existing, play } from './play-history.ts';

const seeds = testSeeds(330);

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
