import { isPersonType } from '@throughline/contracts';
import {
  checkChaoticHistories,
  checkRandomHistories,
  type History,
  identifierIdForTests,
  inBatches,
  type Operation,
  referenceProfiles,
  seededRandom,
  shuffledOperations,
  type World,
  worldAfter,
} from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { type ExplainedMember, explainMembers } from '../../src/core/explain-members.ts';
import { explainPair } from '../../src/core/explain-pair.ts';
import { explainPersons } from '../../src/core/explain-persons.ts';
import type { ExplainedLink } from '../../src/core/explained-link.ts';
import { MemoryIdentity } from './memory-identity.ts';
import { existing, play } from './play-history.ts';

const count = Number(process.env['THROUGHLINE_TEST_COUNT'] ?? 120);
const firstSeed = Number(process.env['THROUGHLINE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const seeds = { firstSeed, count: process.env['THROUGHLINE_TEST_SEED'] === undefined ? count : 1 };

function played(history: History, seed: number): { identity: MemoryIdentity; operations: Operation[] } {
  const random = seededRandom(seed);
  const operations = shuffledOperations(existing(history), random);
  const identity = new MemoryIdentity(history.limits, 1 + random.below(3));
  for (const batch of inBatches(operations, random)) play(identity, batch, () => identity.settle());
  return { identity, operations };
}

interface Explained {
  profile: string;
  members: ExplainedMember[];
}

function explainAll(identity: MemoryIdentity, world: World): Explained[] {
  return referenceProfiles(world).profiles.map(({ id: profile, identifiers }) => {
    const persons = personsAmong(identity, identifiers);
    const explained = identity.read(explainPersons(persons, identity.limits));
    const members = identifiers.map((id) => ({ id, elsewhere: linksElsewhere(identity, profile, id) }));
    return { profile, members: identity.read(explainMembers(explained, profile, members)) };
  });
}

function personsAmong(identity: MemoryIdentity, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const state = identity.identifiers.get(id);
    return state !== undefined && isPersonType(state.type);
  });
}

function linksElsewhere(identity: MemoryIdentity, profile: string, id: string) {
  return [...identity.links.values()].filter(
    ({ weaker, stronger, evidence }) =>
      (weaker === id || stronger === id) &&
      evidence.some((moment) => moment !== null) &&
      identity.profileOf(weaker === id ? stronger : weaker) !== profile,
  );
}

function expectForest({ profile, members }: Explained, world: World): void {
  const heldBy = new Map(members.map((member) => [member.id, member.heldBy]));
  for (const { id } of members) {
    const passed = new Set<string>();
    for (let at = id; at !== profile; at = heldBy.get(at)?.to ?? '') {
      expect(heldBy.has(at), `${at} is in the profile ${profile}`).toBe(true);
      expect(passed.has(at), `${at} is held by itself`).toBe(false);
      passed.add(at);
    }
    const link = heldBy.get(id) ?? null;
    if (id !== profile) expectShown(world, id, link);
    else expect(link).toBeNull();
  }
}

/** The touchpoints that a link names do name its ends. */
function expectShown(world: World, from: string, link: ExplainedLink | null): void {
  if (link === null) throw new Error(`${from} is held by nothing`);
  const { basis } = link;
  expect(basis.kind).not.toBe('pending');
  if (basis.kind === 'direct') expect(named(world, basis.shownBy)).toEqual([[from, link.to].toSorted()]);
  if (basis.kind !== 'inferred') return;
  const wanted = [from, link.to].map((end) => [basis.via, end].toSorted());
  // What infers a link for a carrier names the carrier first.
  expect([wanted, wanted.toReversed()]).toContainEqual(
    named(world, basis.shownBy, [...wanted.flat(), basis.via]),
  );

  function named(
    of: World,
    shown: readonly { source: string; touchpointId: string }[],
    ends = [from, link?.to],
  ) {
    return shown.map(({ source, touchpointId }) => {
      const touchpoint = of.touchpoints.find((one) => one.source === source && one.id === touchpointId);
      const ids = touchpoint?.identifiers.map(({ type, value }) => identifierIdForTests(type, value)) ?? [];
      return ids.filter((id) => ends.includes(id)).toSorted();
    });
  }
}

/** Refusals among persons, as the reference model has them. */
function expectRefusals(explained: readonly Explained[], identity: MemoryIdentity, world: World): void {
  const personReasons = new Set(['split', 'two_known', 'limit']);
  const mine = explained.flatMap(({ members }) =>
    members.flatMap(({ id, refused }) =>
      refused.flatMap(({ to, basis, refusal }) =>
        personReasons.has(refusal.reason) && isPersonType(identity.identifiers.get(id)?.type ?? 'device_id')
          ? isPersonType(identity.identifiers.get(to)?.type ?? 'device_id')
            ? [[...[id, to].toSorted(), basis.kind, refusal.reason].join(' ')]
            : []
          : [],
      ),
    ),
  );
  const theirs = referenceProfiles(world).refused.flatMap(({ a, b, kind, reason }) =>
    personReasons.has(reason) ? [[...[a, b].toSorted(), kind, reason].join(' ')] : [],
  );
  expect([...new Set(mine)].toSorted()).toEqual([...new Set(theirs)].toSorted());
}

/** Every direct link that leads out of a profile is explained, from either end. */
function expectEveryLink(explained: readonly Explained[], identity: MemoryIdentity): void {
  for (const { profile, members } of explained) {
    for (const { id, refused } of members) {
      const named = new Set(refused.map(({ to }) => to));
      for (const { weaker, stronger } of linksElsewhere(identity, profile, id)) {
        const other = weaker === id ? stronger : weaker;
        expect(named.has(other), `${id} says why it is not joined to ${other}`).toBe(true);
      }
    }
  }
}

function expectPairs(explained: readonly Explained[], identity: MemoryIdentity): void {
  for (const { profile, members } of explained.slice(0, 4)) {
    const persons = personsAmong(
      identity,
      members.map(({ id }) => id),
    );
    const last = members.at(-1)?.id ?? profile;
    const { path } = identity.read(
      explainPair(identity.read(explainPersons(persons, identity.limits)), {
        left: members[0]?.id ?? profile,
        right: last,
        links: [],
        metBoth: [],
      }),
    );
    let at = members[0]?.id ?? profile;
    for (const { from, to } of path ?? []) {
      expect(from).toBe(at);
      at = to;
    }
    expect({ path: path !== null, end: at }).toEqual({ path: true, end: last });
  }
}

describe('explanations against the reference model', () => {
  test('hold each identifier by links that touchpoints show, refuse what the model refuses, and leave out no link', () => {
    checkRandomHistories(seeds, (history, seed) => {
      const { identity, operations } = played(history, seed);
      const world = worldAfter(operations, history.limits);
      const explained = explainAll(identity, world);
      for (const one of explained) expectForest(one, world);
      expectRefusals(explained, identity, world);
      expectEveryLink(explained, identity);
      expectPairs(explained, identity);
    });
  }, 600_000);

  test('hold on histories of few identifiers, where everything meets everything', () => {
    checkChaoticHistories({ count: seeds.count, maxOperations: 24 }, (history, seed) => {
      const { identity, operations } = played(history, seed);
      const world = worldAfter(operations, history.limits);
      const explained = explainAll(identity, world);
      for (const one of explained) expectForest(one, world);
      expectRefusals(explained, identity, world);
      expectEveryLink(explained, identity);
      expectPairs(explained, identity);
    });
  }, 600_000);
});
