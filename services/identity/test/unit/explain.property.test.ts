import { type Identifier, isPersonType } from '@throughline/contracts';
import {
  checkChaoticHistories,
  checkRandomHistories,
  defaultWorldLimits,
  type History,
  inBatches,
  type Operation,
  referenceProfiles,
  remainingMentions,
  seededRandom,
  shuffledOperations,
  testSeeds,
  touchpointKey,
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

const seeds = testSeeds(120);

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

function expectForest({ profile, members }: Explained, remaining: Remaining): void {
  const heldBy = new Map(members.map((member) => [member.id, member.heldBy]));
  for (const { id } of members) {
    const passed = new Set<string>();
    for (let at = id; at !== profile; at = heldBy.get(at)?.to ?? '') {
      expect(heldBy.has(at), `${at} is in the profile ${profile}`).toBe(true);
      expect(passed.has(at), `${at} is held by itself`).toBe(false);
      passed.add(at);
    }
    const link = heldBy.get(id) ?? null;
    if (id !== profile) expectShown(remaining, id, link);
    else expect(link).toBeNull();
  }
}

/** The touchpoints that a link names do name its ends, in what erasures have left of them. */
function expectShown(remaining: Remaining, from: string, link: ExplainedLink | null): void {
  if (link === null) throw new Error(`${from} is held by nothing`);
  const { basis, to } = link;
  expect(basis.kind).not.toBe('pending');
  if (basis.kind === 'direct') expect(showsEach(remaining, basis.shownBy, [[from, to]])).toBe(true);
  if (basis.kind !== 'inferred') return;
  const pairs: [string, string][] = [
    [basis.via, from],
    [basis.via, to],
  ];
  // What infers a link for a carrier names the carrier first.
  const orders = [pairs, pairs.toReversed()];
  expect(orders.some((order) => showsEach(remaining, basis.shownBy, order))).toBe(true);
}

/** Whether each touchpoint names both ends of the pair in its place. */
function showsEach(
  remaining: Remaining,
  shown: readonly { source: string; touchpointId: string }[],
  pairs: readonly (readonly [string, string])[],
): boolean {
  return (
    shown.length === pairs.length &&
    shown.every(({ source, touchpointId }, place) => {
      const ids = remaining.get(touchpointKey({ source, id: touchpointId }));
      return pairs[place]?.every((end) => ids?.has(end)) ?? false;
    })
  );
}

/** Ids of identifiers by the keys of the touchpoints that name them, without what erasures took. */
type Remaining = ReadonlyMap<string, ReadonlySet<string>>;

function remainingOf(world: World): Remaining {
  return new Map(
    remainingMentions(world).map(({ touchpoint, nodes }) => [
      touchpointKey(touchpoint),
      new Set(nodes.map(({ id }) => id)),
    ]),
  );
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

function expectExplained(history: History, seed: number): void {
  const { identity, operations } = played(history, seed);
  const world = worldAfter(operations, history.limits);
  const explained = explainAll(identity, world);
  const remaining = remainingOf(world);
  for (const one of explained) expectForest(one, remaining);
  expectRefusals(explained, identity, world);
  expectEveryLink(explained, identity);
  expectPairs(explained, identity);
}

describe('explanations against the reference model', () => {
  test('hold each identifier by links that touchpoints show, refuse what the model refuses, and leave out no link', () => {
    checkRandomHistories(seeds, expectExplained);
  }, 600_000);

  test('hold on histories of few identifiers, where everything meets everything', () => {
    checkChaoticHistories({ count: seeds.count, maxOperations: 24 }, expectExplained);
  }, 600_000);

  test('show an inferred link by a touchpoint from which an erasure has struck one of its ends', () => {
    const ada: Identifier = { type: 'user_id', value: 'ada' };
    const card: Identifier = { type: 'loyalty_id', value: '4001' };
    const order: Identifier = { type: 'order_id', value: 'o1' };
    const erasure = { at: '2026-03-01T00:00:00.000Z', identifiers: [card], shared: [] };
    const history: History = {
      limits: defaultWorldLimits,
      operations: [
        sent('before', '2026-03-01T00:00:00.000Z', [order, card, ada]),
        { kind: 'erase', erasure },
        sent('after', '2026-03-01T12:00:00.000Z', [card, order]),
      ],
    };
    for (let seed = 0; seed < 20; seed += 1) expectExplained(history, seed);
  });
});

function sent(id: string, at: string, identifiers: Identifier[]): Operation {
  const times = { occurredAt: at, receivedAt: at };
  const touchpoint = {
    source: 'server',
    id,
    type: 'track',
    name: null,
    trust: 'server',
    identifiers,
  } as const;
  return { kind: 'touchpoint', touchpoint: { ...touchpoint, ...times } };
}
