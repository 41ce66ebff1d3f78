/**
 * Clusters at the size of a deployment, against the reference model. CI plays a small town; a large one is played with
 * THROUGHLINE_TEST_TOUCHPOINTS=200000 THROUGHLINE_TEST_SHUFFLES=20, for which the reference alone takes minutes.
 */
import {
  defaultWorldLimits,
  householdsOf,
  referenceProfiles,
  seededRandom,
  townOf,
  worldAfter,
} from '@throughline/testkit';
import { expect, test } from 'vitest';
import { IndexedIdentity } from './indexed-identity.ts';
import { incoming } from './world-input.ts';

const size = Number(process.env['THROUGHLINE_TEST_TOUCHPOINTS'] ?? 2_000);
const shuffles = Number(process.env['THROUGHLINE_TEST_SHUFFLES'] ?? 3);
const seed = Number(process.env['THROUGHLINE_TEST_SEED'] ?? 20_261_126);
const batch = 200;

function clustersOf(touchpoints: Parameters<typeof incoming>[0][]): Map<string, string> {
  const identity = new IndexedIdentity();
  for (let start = 0; start < touchpoints.length; start += batch) {
    identity.consume(touchpoints.slice(start, start + batch).map(incoming));
  }
  return new Map([...identity.identifiers.keys()].toSorted().map((id) => [id, identity.profileOf(id)]));
}

test('a town has the same clusters in every order of its touchpoints, those of the reference', () => {
  const random = seededRandom(seed);
  const touchpoints = townOf(random, size);
  const first = clustersOf(touchpoints);
  for (let shuffle = 0; shuffle < shuffles; shuffle += 1) {
    expect(clustersOf(random.shuffled(touchpoints))).toEqual(first);
  }
  const operations = touchpoints.map((touchpoint) => ({ kind: 'touchpoint' as const, touchpoint }));
  const { identifiers } = referenceProfiles(worldAfter(operations, defaultWorldLimits));
  const expected = [...identifiers].map(([id, { profile }]) => [id, profile] as const);
  expect(first).toEqual(new Map(expected.toSorted(([left], [right]) => (left < right ? -1 : 1))));
}, 3_600_000);

test('households that share tablets are never joined, nor are the people in one', () => {
  const random = seededRandom(seed);
  const { touchpoints, homeOf } = householdsOf(random, size);
  const identity = new IndexedIdentity();
  const shuffled = random.shuffled(touchpoints);
  for (let start = 0; start < shuffled.length; start += batch) {
    identity.consume(shuffled.slice(start, start + batch).map(incoming));
  }
  const membersOf = new Map<string, Set<string>>();
  for (const { identifiers } of touchpoints) {
    for (const one of identifiers) {
      if (one.type !== 'user_id') continue;
      const id = incoming({ ...touchpoints[0]!, identifiers: [one] }).identifiers[0]?.id ?? '';
      const profile = identity.profileOf(id);
      membersOf.set(profile, (membersOf.get(profile) ?? new Set()).add(one.value));
    }
  }
  expect([...membersOf.values()].filter((members) => members.size > 1)).toEqual([]);
  for (const members of membersOf.values()) {
    expect(new Set([...members].map((value) => homeOf.get(value))).size).toBe(1);
  }
  expect([...identity.identifiers.values()].filter(({ boundStage }) => boundStage > 0)).toEqual([]);
}, 3_600_000);
