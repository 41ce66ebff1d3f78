import {
  checkChaoticHistories,
  checkRandomHistories,
  inBatches,
  seededRandom,
  shuffledOperations,
  testSeeds,
  withDuplicates,
  withRuleChanges,
  worldAfter,
} from '@throughline/testkit';
import { describe, test } from 'vitest';
import { expectReference } from './expect-reference.ts';
import { MemoryIdentity } from './memory-identity.ts';
import { existing, play } from './play-history.ts';

const seeds = testSeeds(80);

describe('changes of the rules among random operations', () => {
  test('end at the reference profiles, as if the last rules had been in force from the start', () => {
    checkRandomHistories(seeds, (history, seed) => {
      const random = seededRandom(seed);
      const shuffled = shuffledOperations(existing(history), random);
      const operations = withDuplicates(withRuleChanges(shuffled, random), random);
      const identity = new MemoryIdentity(history.limits, 1 + random.below(3));
      for (const batch of inBatches(operations, random)) {
        play(identity, batch, () => (random.chance(0.5) ? identity.settle() : undefined));
      }
      identity.settle();
      expectReference(identity, worldAfter(operations, history.limits));
    });
  }, 600_000);

  test('do so where everything meets everything', () => {
    checkChaoticHistories({ count: seeds.count, maxOperations: 24 }, (history, seed) => {
      const random = seededRandom(seed);
      const operations = withRuleChanges(shuffledOperations(existing(history), random), random);
      const identity = new MemoryIdentity(history.limits, 1 + random.below(3));
      for (const batch of inBatches(operations, random)) play(identity, batch, () => identity.settle());
      expectReference(identity, worldAfter(operations, history.limits));
    });
  }, 600_000);
});
