import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkRandomHistories,
  describeHistory,
  type History,
  historyArbitrary,
  inBatches,
  randomHistory,
  referenceProfiles,
  seededRandom,
  shuffledOperations,
  touchpointKey,
  withDuplicates,
  worldAfter,
} from '../../src/index.ts';

function outcome({ operations, limits }: History): unknown {
  const { profiles, identifiers, refused, belongsTo, transactionOf } = referenceProfiles(
    worldAfter(operations, limits),
  );
  return {
    profiles,
    refused,
    identifiers: [...identifiers.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    belongsTo: Object.fromEntries(belongsTo),
    transactionOf: Object.fromEntries(transactionOf),
  };
}

function rearranged(history: History, seed: number): History {
  const random = seededRandom(seed);
  const operations = inBatches(
    withDuplicates(shuffledOperations(history.operations, random), random),
    random,
  ).flat();
  return { ...history, operations };
}

describe('the reference model', () => {
  test('does not depend on the order, the copies or the batches of touchpoints', () => {
    fc.assert(
      fc.property(historyArbitrary(), fc.nat(), (history, seed) => {
        expect(outcome(rearranged(history, seed))).toEqual(outcome(history));
      }),
      { numRuns: 300 },
    );
    checkRandomHistories({ firstSeed: 1, count: 300 }, (history, seed) => {
      expect(outcome(rearranged(history, seed))).toEqual(outcome(history));
    });
  });

  test('puts every identifier in one profile and every kept touchpoint in one, whatever happens', () => {
    fc.assert(
      fc.property(historyArbitrary(), (history) => {
        const world = worldAfter(history.operations, history.limits);
        const { profiles, identifiers, belongsTo } = referenceProfiles(world);
        const held = profiles.flatMap((profile) => profile.identifiers);
        expect(held.toSorted()).toEqual([...identifiers.keys()].toSorted());
        const listed = profiles.flatMap((profile) => profile.touchpoints);
        expect(listed.toSorted()).toEqual([...belongsTo.keys()].toSorted());
        for (const profile of profiles) expect(profile.identifiers).toContain(profile.id);
      }),
      { numRuns: 300 },
    );
  });
});

describe('random histories', () => {
  test('are the same for the same seed', () => {
    expect(randomHistory(42)).toEqual(randomHistory(42));
    expect(randomHistory(42)).not.toEqual(randomHistory(43));
  });

  test('name a touchpoint once', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const keys = randomHistory(seed).operations.flatMap((one) =>
        one.kind === 'touchpoint' ? [touchpointKey(one.touchpoint)] : [],
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  test('hold what the definition is about', () => {
    const found = new Set<string>();
    const note = (history: History): void => {
      const { refused, identifiers, profiles } = referenceProfiles(
        worldAfter(history.operations, history.limits),
      );
      for (const operation of history.operations) {
        found.add(operation.kind);
        if (operation.kind === 'erase' && operation.erasure.shared.length > 0)
          found.add('erasure beside shared');
      }
      for (const { reason, kind } of refused) found.add(`${reason} ${kind}`);
      for (const { sharedLevel } of identifiers.values()) found.add(`shared at ${sharedLevel}`);
      for (const { identified } of profiles) found.add(identified ? 'identified' : 'unidentified');
    };
    for (const history of fc.sample(historyArbitrary(), { seed: 1, numRuns: 300 })) note(history);
    for (let seed = 1; seed <= 300; seed += 1) note(randomHistory(seed));
    const refusals = ['split', 'two_known', 'limit', 'bound'].flatMap((reason) => [
      `${reason} direct`,
      `${reason} inferred`,
    ]);
    const operations = ['touchpoint', 'decision', 'withdraw', 'erase', 'erasure beside shared'];
    const sharing = ['shared at 1', 'shared at 2', 'shared at 3', 'shared direct'];
    const expected = [...operations, ...sharing, ...refusals, 'split merge', 'identified', 'unidentified'];
    expect(expected.filter((one) => !found.has(one))).toEqual([]);
  });

  test('shrink to the operations that a failure needs, and name the seed', () => {
    const isAlias = (history: History): boolean =>
      history.operations.some((one) => one.kind === 'touchpoint' && one.touchpoint.type === 'alias');
    const check = (history: History): void => {
      if (isAlias(history)) throw new Error('an alias');
    };
    const firstSeed = Array.from({ length: 100 }, (_, seed) => seed).find((seed) =>
      isAlias(randomHistory(seed)),
    );
    let message = '';
    try {
      checkRandomHistories({ firstSeed: firstSeed ?? 0, count: 1 }, check);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(`seed ${firstSeed}: an alias`);
    expect(message.split('\n')).toHaveLength(3);
  });

  test('can be read', () => {
    expect(describeHistory(randomHistory(7))).toMatch(/^limits: shared \d/);
  });
});
