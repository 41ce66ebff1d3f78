import {
  type AcceptedTouchpoint,
  compareIdentifierTypes,
  type IdentifierType,
  isTransactionType,
} from '@throughline/contracts';
import {
  defaultWorldLimits,
  type Operation,
  randomHistory,
  referenceProfiles,
  testSeeds,
  worldAfter,
  type WorldDecision,
  type WorldTouchpoint,
} from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { poll, startHttpHarness } from './http-harness.ts';

const historiesPerRun = 3;

function accepted({ trust, verified, ...rest }: WorldTouchpoint): AcceptedTouchpoint {
  const identifiers = rest.identifiers.toSorted((left, right) =>
    compareIdentifierTypes(left.type, right.type),
  );
  return {
    touchpoint: { ...rest, identifiers },
    trust,
    ...(verified === undefined ? {} : { verifiedIdentifiers: verified }),
    bodyHash: 'the-same-for-all-copies',
    requestId: 'req_reference',
  };
}

const refOf = ({ type, value }: { type: string; value: string }): string => `${type}:${value}`;

describe('the profile API', () => {
  test('answers what the reference model says, decisions made by it included', async () => {
    const { firstSeed, count } = testSeeds(historiesPerRun);
    console.log(`seeds from ${firstSeed}`);
    for (let seed = firstSeed; seed < firstSeed + count; seed += 1) await checkHistory(seed);
  });
});

async function checkHistory(seed: number): Promise<void> {
  const history = randomHistory(seed, { operations: 120 });
  const harness = await startHttpHarness();
  try {
    const touchpoints = history.operations.filter((one) => one.kind === 'touchpoint');
    await harness.send(touchpoints.map((one) => accepted(one.touchpoint)));

    const operations: Operation[] = [...touchpoints];
    const madeAs = new Map<string, string>();
    for (const operation of history.operations) {
      if (operation.kind === 'decision') {
        const made = await decide(operation.decision);
        if (made === null) continue;
        madeAs.set(operation.decision.id, made.id);
        operations.push({ kind: 'decision', decision: made });
      } else if (operation.kind === 'withdraw') {
        const decisionId = madeAs.get(operation.decisionId);
        if (decisionId === undefined) continue;
        await harness.call('DELETE', `/v1/identity/decisions/${decisionId}`);
        operations.push({ kind: 'withdraw', decisionId });
      }
    }
    await settleRechecks();

    const world = {
      ...worldAfter(operations, defaultWorldLimits),
      identifierId: (type: IdentifierType, value: string) => harness.ids.identifierId(type, value),
    };
    const reference = referenceProfiles(world);
    const byId = new Map(reference.profiles.map((profile) => [profile.id, profile]));
    const identifiers = [...reference.identifiers.values()];
    // Orders and receipts are listed only where there is nothing else.
    const listed = (ids: readonly string[]) => {
      const persons = ids.filter(
        (id) => !isTransactionType(reference.identifiers.get(id)?.type ?? 'user_id'),
      );
      return persons.length > 0 ? persons : ids;
    };
    for (let start = 0; start < identifiers.length; start += 100) {
      const page = identifiers.slice(start, start + 100);
      const { body } = await harness.call('POST', '/v1/profiles/lookup', { body: { refs: page.map(refOf) } });
      for (const identifier of page) {
        const { identifiers: members, ...answer } = body.profiles[refOf(identifier)];
        const expected = byId.get(identifier.profile);
        expect({
          seed,
          ...answer,
          members: members.map((one: { id: string }) => one.id).toSorted(),
        }).toMatchObject({
          seed,
          id: identifier.profile,
          members: listed(expected?.identifiers ?? []),
          traits: expected?.traits,
          firstSeenAt: expected?.firstSeenAt,
          lastSeenAt: expected?.lastSeenAt,
          touchpointCount: expected?.touchpointCount,
          identified: expected?.identified,
        });
        expect(Object.keys(answer.traits).toSorted()).toEqual(Object.keys(expected?.traits ?? {}).toSorted());
        const { type, value, firstSeenAt, lastSeenAt, id } = identifier;
        if (listed(expected?.identifiers ?? []).includes(id)) {
          expect(members).toContainEqual({ id, type, value, firstSeenAt, lastSeenAt });
        }
      }
    }
    for (const profile of reference.profiles) {
      expect((await timelineOf(profile.id)).toSorted()).toEqual(profile.touchpoints.toSorted());
      expect({ seed, refused: await refusedAt(profile.id) }).toEqual({
        seed,
        refused: reference.refused
          .filter(({ a, b }) => profile.identifiers.includes(a) || profile.identifiers.includes(b))
          .map(({ a, b, kind, reason }) => [...[a, b].toSorted(), kind, reason].join(' '))
          .toSorted(),
      });
    }
  } finally {
    await harness.close();
  }

  /** Keys of all pages. */
  async function timelineOf(profile: string): Promise<string[]> {
    const keys: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await harness.profile(profile, `/touchpoints?limit=100${cursor}`);
      for (const { source, id } of body.items as { source: string; id: string }[])
        keys.push(JSON.stringify([source, id]));
      if (body.nextCursor === null) return keys;
      cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
  }

  /** Null when it names an identifier that no touchpoint has mentioned, or a blocked one. */
  async function decide(decision: WorldDecision): Promise<WorldDecision | null> {
    const sides = decision.sides.map((side) => side.map(refOf));
    const named = decision.kind === 'merge' ? { refs: sides[0] } : { sides };
    const { status, body } = await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: decision.kind, ...named },
    });
    if (status !== 201) return null;
    return { ...decision, id: body.id, madeAt: body.madeAt };
  }

  async function refusedAt(profile: string): Promise<string[]> {
    const found: string[] = [];
    const add = (ends: string[], kind: string, reason: string): void => {
      found.push([...ends.toSorted(), kind, reason].join(' '));
    };
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await harness.profile(
        profile,
        `/links?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(body.refusedTruncated).toBe(false);
      for (const { weaker, stronger, refused } of body.items) {
        if (refused === 'shared') add([weaker.id, stronger.id], 'direct', refused);
      }
      cursor = body.nextCursor;
      if (cursor !== null) continue;
      for (const { ends, kind, reason } of body.refused) {
        add(
          ends.map((end: { id: string }) => end.id),
          kind,
          reason,
        );
      }
    }
    return found.toSorted();
  }

  async function settleRechecks(): Promise<void> {
    await poll(async () => (await harness.pool.query('select from identity.recheck limit 1')).rowCount === 0);
  }
}
