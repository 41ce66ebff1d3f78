/** A change of the rules while touchpoints stream in over two processes, compared with the reference model. */
import {
  type AcceptedTouchpoint,
  compareIdentifierTypes,
  type IdentifierType,
  isBlockedIdentifier,
} from '@throughline/contracts';
import {
  defaultWorldLimits,
  type Operation,
  randomHistory,
  referenceProfiles,
  seededRandom,
  touchpointKey,
  until,
  type WorldTouchpoint,
  worldAfter,
} from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activateRuleset, makePolicy } from '../../src/consume/rules/make-ruleset.ts';
import { policySchema } from '../../src/core/policy.ts';
import { findRuleset } from '../../src/db/rules/rulesets.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';
import { type Published, readStream } from './read-stream.ts';

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness({ partitions: 3, members: 2 });
});
afterAll(() => harness.close());

function accepted({ trust, verified, identifiers, ...rest }: WorldTouchpoint): AcceptedTouchpoint {
  return {
    touchpoint: {
      ...rest,
      identifiers: identifiers.toSorted((left, right) => compareIdentifierTypes(left.type, right.type)),
    },
    trust,
    ...(verified ? { verifiedIdentifiers: verified } : {}),
    bodyHash: `hash-of-${touchpointKey(rest)}`.padEnd(20, '.').slice(0, 60),
    requestId: 'test',
  };
}

/** Touchpoints of many small towns, whose people do not know each other. */
function touchpointsOf(seeds: readonly number[]): WorldTouchpoint[] {
  return seeds.flatMap((seed) =>
    randomHistory(seed, { operations: 60 }).operations.flatMap((one) => {
      if (one.kind !== 'touchpoint') return [];
      const { touchpoint } = one;
      const rename = ({ type, value }: WorldTouchpoint['identifiers'][number]) => ({
        type,
        value: isBlockedIdentifier(type, value) || type === 'phone' ? value : `${seed}-${value}`,
      });
      const named = {
        ...touchpoint,
        id: `${seed}-${touchpoint.id}`,
        identifiers: touchpoint.identifiers.map(rename),
      };
      return [touchpoint.verified ? { ...named, verified: touchpoint.verified.map(rename) } : named];
    }),
  );
}

/** Touchpoints of each profile, and whether it is identified, as figures would count them. */
function countedProfiles({ memberships, assignments }: Published) {
  const profileOf = (id: string): string => {
    const root = memberships.get(id)?.root ?? id;
    return memberships.get(root)?.profile ?? root;
  };
  const counted = new Map<string, { touchpoints: number; identified: boolean }>();
  for (const { identifier } of assignments.values()) {
    const profile = profileOf(identifier);
    const { touchpoints } = counted.get(profile) ?? { touchpoints: 0 };
    counted.set(profile, { touchpoints: touchpoints + 1, identified: false });
  }
  for (const { identifier, identifying } of memberships.values()) {
    const profile = counted.get(profileOf(identifier));
    if (identifying && profile !== undefined) profile.identified = true;
  }
  return Object.fromEntries(counted);
}

async function untilIn(states: string[], version: number): Promise<void> {
  await until(`version ${version} of the rules is ${states.join(' or ')}`, async () =>
    states.includes((await findRuleset(harness.pool, version))?.state ?? ''),
  );
}

test('a policy that is changed under way ends as if it had been in force from the start', async () => {
  const random = seededRandom(20_261_126);
  const touchpoints = random.shuffled(touchpointsOf([1, 2, 3, 4, 5, 6]));
  const third = Math.ceil(touchpoints.length / 3);
  const parts = [0, 1, 2].map((part) => touchpoints.slice(part * third, (part + 1) * third).map(accepted));
  await harness.send(parts[0] ?? []);
  await harness.settle();

  const { context } = harness.identity;
  const by = { key: 'admin', author: null };
  const policy = policySchema.parse({
    sharedDegree: 1,
    attachedDegree: 2,
    limits: { loyalty_id: 1, email: 1 },
  });
  const version = await makePolicy(context, policy, { note: '', by, activate: false });
  await harness.send(parts[1] ?? []);
  await untilIn(['evaluated'], version);
  await activateRuleset(context, version);
  // Neither waits for the other.
  await harness.send(parts[2] ?? []);
  await untilIn(['in_force'], version);
  await harness.settle();

  const operations = touchpoints.map((touchpoint): Operation => ({ kind: 'touchpoint', touchpoint }));
  const limits = {
    ...defaultWorldLimits,
    sharedDegree: 1,
    attachedDegree: 2,
    perType: { loyalty_id: 1, email: 1, phone: 5, external: 1 },
  };
  const reference = referenceProfiles({
    ...worldAfter(operations, limits),
    identifierId: (type: IdentifierType, value: string) => harness.ids.identifierId(type, value),
    isBlocked: isBlockedIdentifier,
  });
  const { rows } = await harness.pool.query<{ id: string; identifiers: string[]; count: number }>(
    `select r.profile as id, array_agg(i.id::text order by i.id) as identifiers, sum(i.touchpoint_count)::integer as count
     from identity.identifier i join identity.identifier r on r.id = i.root group by r.profile order by r.profile`,
  );
  expect(rows).toEqual(
    reference.profiles.map(({ id, identifiers, touchpointCount }) => ({
      id,
      identifiers,
      count: touchpointCount,
    })),
  );

  const published = await readStream(harness);
  expect(published.causes).toContain('policy');
  expect(countedProfiles(published)).toEqual(
    Object.fromEntries(
      reference.profiles.flatMap(({ id, touchpointCount, identified }) =>
        touchpointCount === 0 ? [] : [[id, { touchpoints: touchpointCount, identified }]],
      ),
    ),
  );
  // Nothing is left of the work.
  const { rows: left } = await harness.pool.query(
    `select relname from pg_class where relnamespace = 'identity'::regnamespace and relkind = 'r' and relname ~ '^(draft|former)_'`,
  );
  expect(left).toEqual([]);
});
