import {
  checkRandomHistories,
  inBatches,
  seededRandom,
  shuffledOperations,
  testSeeds,
} from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import {
  type AttachedCounts,
  decidePreviewedMoves,
  type TriedDecision,
} from '../../src/core/decision-preview.ts';
import { resolve, type ResolutionInput } from '../../src/core/resolve.ts';
import { MemoryIdentity } from './memory-identity.ts';
import { existing, play } from './play-history.ts';
import { toDecision } from './world-input.ts';

const seeds = testSeeds(300);

const nothing: AttachedCounts = { identifiers: 0, touchpoints: 0 };

function attachedCounts(identity: MemoryIdentity): Map<string, AttachedCounts> {
  const counts = new Map<string, AttachedCounts>();
  for (const { id, root, touchpointCount } of identity.identifiers.values()) {
    if (root === id) continue;
    const { identifiers, touchpoints } = counts.get(root) ?? nothing;
    counts.set(root, { identifiers: identifiers + 1, touchpoints: touchpoints + touchpointCount });
  }
  return counts;
}

function movesOf(identity: MemoryIdentity, input: Partial<ResolutionInput>) {
  const resolution = identity.read(
    resolve({ clock: 0, touchpoints: [], stored: [], revisit: [], ...input }, identity.limits),
  );
  const moving = new Set(resolution.changes.map(({ identifier }) => identifier));
  return decidePreviewedMoves({
    changed: resolution.identifiers.flatMap(({ state, original }) =>
      original === null || !moving.has(state.id) ? [] : [{ state, original }],
    ),
    attachedTo: attachedCounts(identity),
    profileNow: new Map([...identity.identifiers.keys()].map((id) => [id, identity.profileOf(id)])),
  });
}

/** Of each profile, its identifiers and touchpoints. */
function countsByProfile(identity: MemoryIdentity): Map<string, AttachedCounts> {
  const counts = new Map<string, AttachedCounts>();
  for (const { id, touchpointCount } of identity.identifiers.values()) {
    const profile = identity.profileOf(id);
    const { identifiers, touchpoints } = counts.get(profile) ?? nothing;
    counts.set(profile, { identifiers: identifiers + 1, touchpoints: touchpoints + touchpointCount });
  }
  return counts;
}

function afterMoves(
  before: ReadonlyMap<string, AttachedCounts>,
  moves: ReturnType<typeof movesOf>,
): Map<string, AttachedCounts> {
  const counts = new Map(before);
  for (const { from, to, identifiers, touchpoints } of moves) {
    for (const [profile, sign] of [
      [from, -1],
      [to, 1],
    ] as const) {
      const known = counts.get(profile) ?? nothing;
      counts.set(profile, {
        identifiers: known.identifiers + sign * identifiers,
        touchpoints: known.touchpoints + sign * touchpoints,
      });
    }
  }
  return new Map([...counts].filter(([, { identifiers }]) => identifiers > 0));
}

describe('the moves that a dry run answers', () => {
  test('are those of the decision once it is made, and of its withdrawal', () => {
    const tried: Record<TriedDecision['kind'], number> = { merge: 0, split: 0, withdrawal: 0 };
    checkRandomHistories(seeds, (history, seed) => {
      const random = seededRandom(seed);
      const operations = shuffledOperations(existing(history), random);
      const decisions = operations.flatMap((one) => (one.kind === 'decision' ? [one.decision] : []));
      const last = decisions.at(-1);
      if (last === undefined) return;
      const identity = new MemoryIdentity(history.limits, 1 + random.below(3));
      const others = operations.filter(
        (one) => one.kind === 'touchpoint' || (one.kind === 'decision' && one.decision.id !== last.id),
      );
      for (const batch of inBatches(others, random)) play(identity, batch, () => identity.settle());

      const decision = { ...toDecision(last), madeAt: '2099-01-01T00:00:00.000Z' };
      if (decision.sides.flat().some((id) => !identity.identifiers.has(id))) return;
      const before = countsByProfile(identity);
      const expected = afterMoves(before, movesOf(identity, { decision }));
      identity.decide(decision);
      identity.settle();
      expect(countsByProfile(identity)).toEqual(expected);
      tried[decision.kind] += 1;

      const back = movesOf(identity, { revisit: decision.sides.flat(), withdrawn: decision.id });
      const expectedBack = afterMoves(expected, back);
      identity.withdraw(decision.id);
      identity.settle();
      expect(countsByProfile(identity)).toEqual(expectedBack);
      expect(expectedBack).toEqual(before);
      tried.withdrawal += 1;
    });
    if (seeds.count > 1) for (const times of Object.values(tried)) expect(times).toBeGreaterThan(0);
  }, 600_000);
});
