import {
  type AcceptedTouchpoint,
  compareIdentifierTypes,
  type IdentifierType,
  isBlockedIdentifier,
} from '@throughline/contracts';
import {
  type History,
  type Operation,
  randomHistory,
  referenceProfiles,
  seededRandom,
  touchpointKey,
  withDuplicates,
  worldAfter,
  type WorldTouchpoint,
} from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/core/identifier-state.ts';
import { makeDecision, withdrawDecision } from '../../src/consume/decide.ts';
import { findProfiles, profileLimits } from '../../src/db/find-profiles.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

let harness: IdentityHarness;

beforeAll(async () => {
  harness = await startHarness({ partitions: 3, members: 2 });
});
afterAll(() => harness.close());

/** A telephone number stays one. */
function renamed(type: IdentifierType, value: string, prefix: string): string {
  if (type !== 'phone') return `${prefix}${value}`;
  const history = 100 + Number.parseInt(prefix.slice(1), 10);
  return `+${history}${value.slice(1)}`;
}

/** Every history in the same database, distinguished by a prefix on values and ids. */
function accepted(touchpoint: WorldTouchpoint, prefix: string): AcceptedTouchpoint {
  const rename = ({
    type,
    value,
  }: {
    type: WorldTouchpoint['identifiers'][number]['type'];
    value: string;
  }) => ({
    type,
    value: isBlockedIdentifier(type, value) ? value : renamed(type, value, prefix),
  });
  const { trust, verified, identifiers, ...rest } = touchpoint;
  return {
    touchpoint: {
      ...rest,
      id: `${prefix}${touchpoint.id}`,
      identifiers: identifiers
        .map(rename)
        .toSorted((left, right) => compareIdentifierTypes(left.type, right.type)),
    },
    trust,
    ...(verified ? { verifiedIdentifiers: verified.map(rename) } : {}),
    bodyHash: `hash-of-${touchpointKey(touchpoint)}`.padEnd(20, '.').slice(0, 60),
    requestId: 'test',
  };
}

function worldOf(history: History, prefix: string) {
  const operations = history.operations.filter(
    (one): one is Extract<Operation, { kind: 'touchpoint' }> =>
      one.kind === 'touchpoint' &&
      !one.touchpoint.identifiers.some(({ type, value }) => isBlockedIdentifier(type, value)),
  );
  const renamedOperations = operations.map((one): Operation => {
    const { touchpoint, trust, verifiedIdentifiers } = accepted(one.touchpoint, prefix);
    return {
      kind: 'touchpoint',
      touchpoint: { ...touchpoint, trust, ...(verifiedIdentifiers ? { verified: verifiedIdentifiers } : {}) },
    };
  });
  return {
    operations,
    world: {
      ...worldAfter(renamedOperations, history.limits),
      identifierId: (type: IdentifierType, value: string) => harness.ids.identifierId(type, value),
    },
  };
}

async function identifiersNamed(prefix: string): Promise<string[]> {
  const { rows } = await harness.pool.query<{ id: string }>(
    'select id from identity.identifier where starts_with(value, $1)',
    [prefix],
  );
  return rows.map(({ id }) => id);
}

async function storedProfiles(identifiers: readonly string[]) {
  const { rows } = await harness.pool.query<{
    id: string;
    identifiers: string[];
    count: number;
    first: string | null;
    last: string | null;
  }>(
    `with member as (
       select i.id, i.touchpoint_count, i.first_touchpoint_at, i.last_touchpoint_at, r.profile
       from identity.identifier i join identity.identifier r on r.id = i.root where i.id = any($1::uuid[]))
     select profile as id, array_agg(id::text order by id) as identifiers, sum(touchpoint_count)::integer as count,
       to_char(min(first_touchpoint_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first,
       to_char(max(last_touchpoint_at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last
     from member group by profile order by profile`,
    [identifiers],
  );
  return rows;
}

/** Sums over what is attached to a root that are not those of the identifiers; bounds only where they are not in doubt. */
async function wrongSummaries() {
  const { rows } = await harness.pool.query(
    `with counted as (
       select root, count(*) filter (where not starts_with(type, 'order_id') and not starts_with(type, 'receipt_id')
           and first_seen_at is not null) as carriers,
         count(*) filter (where starts_with(type, 'order_id') or starts_with(type, 'receipt_id')) as transactions,
         count(*) filter (where not blocked and not starts_with(type, 'order_id') and not starts_with(type, 'receipt_id')
           and shared_level < case when first_server_at is null then 1 else 3 end) as identifying,
         sum(touchpoint_count) as touchpoint_count, min(first_touchpoint_at) as first, max(last_touchpoint_at) as last
       from identity.identifier where root <> id group by root)
     select * from identity.attached_summary s full join counted c using (root)
     where coalesce(s.carriers, 0) <> coalesce(c.carriers, 0) or coalesce(s.transactions, 0) <> coalesce(c.transactions, 0)
       or coalesce(s.identifying, 0) <> coalesce(c.identifying, 0)
       or coalesce(s.touchpoint_count, 0) <> coalesce(c.touchpoint_count, 0)
       or (not s.bounds_stale and (s.first_touchpoint_at is distinct from c.first
         or s.last_touchpoint_at is distinct from c.last))`,
  );
  return rows;
}

async function statedOf(ids: readonly string[]) {
  const profiles = await findProfiles(harness.pool, ids, profileLimits);
  return Object.fromEntries(
    [...profiles].map(([id, { traits, consents, feedback }]) => [id, { traits, consents, feedback }]),
  );
}

describe('identity on a real Postgres', () => {
  test('stores the reference profiles, however batches, partitions and members share the work', async () => {
    const seed = Math.floor(Math.random() * 1e9);
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const histories = Array.from({ length: 30 }, (_, index) => ({
      // In short runs, so that a number which looks random still does.
      prefix: `h${index}-${seed.toString(36).replaceAll(/.{3}/g, '$&-')}-`,
      history: randomHistory(seed + index, { operations: 40 }),
    }));
    const worlds = histories.map(({ prefix, history }) => ({ prefix, ...worldOf(history, prefix) }));
    const everything = worlds.flatMap(({ prefix, operations }) =>
      withDuplicates(operations, random).flatMap((one) =>
        one.kind === 'touchpoint' ? [accepted(one.touchpoint, prefix)] : [],
      ),
    );
    const shuffled = random.shuffled(everything);
    for (let start = 0; start < shuffled.length;) {
      const size = 1 + random.below(120);
      await harness.send(shuffled.slice(start, start + size));
      start += size;
    }
    await harness.settle();
    expect(await wrongSummaries()).toEqual([]);
    for (const { world } of worlds) {
      // The service has the limits it ships with; the histories' lower ones are for the pure resolver.
      const reference = referenceProfiles({
        ...world,
        limits: defaultLimits,
      });
      const expected = reference.profiles.map(
        ({ id, identifiers, touchpointCount, firstSeenAt, lastSeenAt }) => ({
          id,
          identifiers,
          count: touchpointCount,
          first: firstSeenAt,
          last: lastSeenAt,
        }),
      );
      expect(await storedProfiles([...reference.identifiers.keys()])).toEqual(expected);
      const stated = reference.profiles.map(({ id, traits, consents, feedback }) => [
        id,
        { traits, consents, feedback },
      ]);
      expect(await statedOf(reference.profiles.map(({ id }) => id))).toEqual(Object.fromEntries(stated));
    }
  });

  test('keeps another body under a taken id as a conflict, and the first stands', async () => {
    const at = '2026-03-01T10:00:00.000Z';
    const first: AcceptedTouchpoint = {
      touchpoint: {
        id: 'conflict-1',
        source: 'server',
        type: 'track',
        name: 'Order Completed',
        occurredAt: at,
        receivedAt: at,
        identifiers: [{ type: 'user_id', value: 'conflict-user' }],
      },
      trust: 'server',
      bodyHash: 'hash-one-hash-one-',
      requestId: 'r1',
    };
    await harness.send([first]);
    await harness.settle();
    await harness.send([first, { ...first, bodyHash: 'hash-two-hash-two-', requestId: 'r2' }]);
    await harness.settle();
    const key = harness.ids.touchpointKey('server', 'conflict-1');
    const stored = await harness.pool.query('select body_hash from identity.touchpoint where key = $1', [
      key,
    ]);
    expect(stored.rows).toEqual([{ body_hash: 'hash-one-hash-one-' }]);
    const kept = await harness.pool.query(
      'select body_hash, request_id from identity.touchpoint_conflict where key = $1',
      [key],
    );
    expect(kept.rows).toEqual([{ body_hash: 'hash-two-hash-two-', request_id: 'r2' }]);
  });

  test('sets an unreadable record aside with its bytes and resolves the others', async () => {
    await harness.log.append([{ topic: 'touchpoints.v1', key: 'x', value: '{"not": "a touchpoint"}' }]);
    await harness.settle();
    const { rows } = await harness.pool.query<{ code: string; value: Buffer }>(
      `select code, value from identity.dead_letter`,
    );
    expect(rows.map(({ code, value }) => [code, value.toString()])).toEqual([
      ['unreadable_record', '{"not": "a touchpoint"}'],
    ]);
  });

  test('sets aside alone what no table can hold, and stores its neighbours', async () => {
    const one = (id: string): AcceptedTouchpoint => ({
      touchpoint: {
        id,
        source: 'server',
        type: 'page',
        name: null,
        occurredAt: '2026-03-01T10:00:00.000Z',
        receivedAt: '2026-03-01T10:00:00.000Z',
        identifiers: [{ type: 'user_id', value: 'neighbour' }],
      },
      trust: 'server',
      bodyHash: 'hash-of-a-neighbour-',
      requestId: 'r1',
    });
    await harness.send(['neighbour-1', 'neighbour-2', 'nul-\u0000', 'neighbour-3'].map(one));
    await harness.settle();
    expect(await storedProfiles(await identifiersNamed('neighbour'))).toMatchObject([{ count: 3 }]);
    const { rows } = await harness.pool.query<{ value: Buffer }>(
      `select value from identity.dead_letter where state = 'stuck' and code = 'record_failed'`,
    );
    expect(
      rows.map(({ value }) => (JSON.parse(value.toString()) as AcceptedTouchpoint).touchpoint.id),
    ).toEqual(['nul-\u0000']);
  });

  test('merges two customers by decision, and undoes it', async () => {
    const at = '2026-03-01T10:00:00.000Z';
    const one = (id: string): AcceptedTouchpoint => ({
      touchpoint: {
        id: `merge-${id}`,
        source: 'server',
        type: 'track',
        name: 'Order Completed',
        occurredAt: at,
        receivedAt: at,
        identifiers: [{ type: 'user_id', value: `merge-${id}` }],
      },
      trust: 'server',
      bodyHash: 'hash-of-a-merge-body',
      requestId: 'r1',
    });
    await harness.send([one('a'), one('b')]);
    await harness.settle();
    const sides = [['a', 'b'].map((id) => harness.ids.identifierId('user_id', `merge-${id}`))];
    const by = { key: 'admin', author: null };
    const decision = await makeDecision(harness.identity.context, {
      kind: 'merge',
      sides,
      note: 'same person',
      by,
    });
    expect(await storedProfiles(await identifiersNamed('merge-'))).toMatchObject([{ count: 2 }]);
    expect(await withdrawDecision(harness.identity.context, decision.id, by)).toBe(true);
    expect(await storedProfiles(await identifiersNamed('merge-'))).toMatchObject([
      { count: 1 },
      { count: 1 },
    ]);
    expect(
      await withdrawDecision(harness.identity.context, harness.ids.identifierId('user_id', 'unknown'), by),
    ).toBe(false);
  });
});
