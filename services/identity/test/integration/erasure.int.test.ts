/** Erasures on a real Postgres, between touchpoints and decisions, against the reference model. */
import {
  type AcceptedTouchpoint,
  compareIdentifierTypes,
  type Identifier,
  isBlockedIdentifier,
} from '@throughline/contracts';
import {
  defaultWorldLimits,
  type Operation,
  randomHistory,
  referenceProfiles,
  seededRandom,
  shuffledOperations,
  type World,
  type WorldErasure,
  type WorldTouchpoint,
} from '@throughline/testkit';
import { afterEach, expect, test } from 'vitest';
import { beginErasure } from '../../src/consume/begin-erasure.ts';
import { makeDecision, withdrawDecision } from '../../src/consume/decide.ts';
import { findProfileIds } from '../../src/db/find-profile-roots.ts';
import { inSnapshot } from '../../src/db/read-graph.ts';
import { poll } from './http-harness.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

let harness: IdentityHarness | undefined;
afterEach(() => harness?.close());

const by = { key: 'test', author: null };

/** Some are about a time that no erasure reaches. */
function acceptedOf(touchpoint: WorldTouchpoint): AcceptedTouchpoint {
  const { trust, verified, ...rest } = touchpoint;
  const identifiers = touchpoint.identifiers.toSorted((left, right) =>
    compareIdentifierTypes(left.type, right.type),
  );
  return {
    touchpoint: { ...rest, identifiers },
    trust,
    ...(verified ? { verifiedIdentifiers: verified } : {}),
    bodyHash: 'the same for every copy',
    requestId: 'test',
  };
}

function inTheFuture(touchpoint: WorldTouchpoint): WorldTouchpoint {
  const later = (at: string) => at.replace(/^2026/, '2126').replace(/^2025/, '2125');
  return {
    ...touchpoint,
    occurredAt: later(touchpoint.occurredAt),
    receivedAt: later(touchpoint.receivedAt),
  };
}

/** Plays a history on the service and returns the world that it comes to. */
async function play(service: IdentityHarness, seed: number): Promise<World> {
  const { identity, ids, pool } = service;
  const { context } = identity;
  const random = seededRandom(seed);
  const history = randomHistory(seed, { operations: 90 });
  const world: World = {
    touchpoints: [],
    decisions: [],
    erasures: [],
    limits: defaultWorldLimits,
    identifierId: (type, value) => ids.identifierId(type, value),
    isBlocked: isBlockedIdentifier,
  };
  const idOf = ({ type, value }: Identifier): string => ids.identifierId(type, value);
  const decisionIds = new Map<string, string>();
  const profileOf = (identifier: string) =>
    inSnapshot(pool, async (client) => (await findProfileIds(client, [identifier])).get(identifier));
  const existing = async (side: readonly Identifier[]): Promise<Identifier[]> => {
    const found = await Promise.all(side.map(async (one) => ((await profileOf(idOf(one))) ? [one] : [])));
    return found.flat();
  };
  const identifiers = new Map<string, Identifier>();

  for (const operation of shuffledOperations(history.operations, random)) {
    if (operation.kind === 'touchpoint') {
      const touchpoint = random.chance(0.15) ? inTheFuture(operation.touchpoint) : operation.touchpoint;
      for (const identifier of touchpoint.identifiers) identifiers.set(idOf(identifier), identifier);
      world.touchpoints.push(touchpoint);
      await service.send([acceptedOf(touchpoint), ...(random.chance(0.2) ? [acceptedOf(touchpoint)] : [])]);
      if (!random.chance(0.06)) continue;
      await service.settle();
      await erase(random.pick(touchpoint.identifiers));
      continue;
    }
    await service.settle();
    if (operation.kind === 'decision') await decide(operation);
    else if (operation.kind === 'withdraw') await withdraw(operation.decisionId);
    else if (operation.kind === 'erase') await erase(...operation.erasure.identifiers);
  }
  await service.settle();
  await settled();
  return world;

  async function decide({ decision }: Extract<Operation, { kind: 'decision' }>): Promise<void> {
    const sides = await Promise.all(decision.sides.map(existing));
    if (decision.kind === 'merge' ? (sides[0]?.length ?? 0) < 2 : sides.some((side) => side.length === 0))
      return;
    const made = await makeDecision(context, {
      kind: decision.kind,
      sides: sides.map((side) => side.map(idOf)),
      note: '',
      by,
    });
    decisionIds.set(decision.id, made.id);
    world.decisions.push({ id: made.id, kind: decision.kind, madeAt: made.madeAt, sides });
  }

  async function withdraw(decisionId: string): Promise<void> {
    const id = decisionIds.get(decisionId);
    if (id === undefined) return;
    await withdrawDecision(context, id, by);
    world.decisions = world.decisions.filter((one) => one.id !== id);
  }

  async function erase(...candidates: readonly Identifier[]): Promise<void> {
    const [first] = await existing(candidates);
    const profile = first && (await profileOf(idOf(first)));
    if (profile === undefined) return;
    const id = await beginErasure(context, {
      profile,
      suppresses: false,
      includesPublic: random.chance(0.7),
      by,
    });
    const taken = await pool.query<{
      at: Date;
      extent: string[];
      shared: Record<string, 'public' | 'server'>;
    }>(
      `select at,
         (select array_agg(identifier::text) from identity.erasure_identifier where erasure = e.id and in_extent) as extent,
         (select coalesce(jsonb_object_agg(identifier, trust), '{}') from identity.erasure_shared where erasure = e.id) as shared
       from identity.erasure e where id = $1`,
      [id],
    );
    const [{ at, extent, shared } = { at: new Date(0), extent: [], shared: {} }] = taken.rows;
    const named = (key: string): Identifier => identifiers.get(key) ?? { type: 'user_id', value: key };
    const written: WorldErasure = {
      at: at.toISOString(),
      identifiers: extent.map(named),
      shared: Object.entries(shared).map(([key, trust]) => ({ identifier: named(key), trust })),
    };
    world.erasures.push(written);
    // Some touchpoints arrive while it is being carried out.
    if (random.chance(0.5)) await settled();
  }

  async function settled(): Promise<void> {
    identity.wakeErasures();
    await poll(async () => {
      const { rowCount } = await pool.query("select from identity.erasure where step <> 'done' limit 1");
      return rowCount === 0;
    });
    await service.settle();
  }
}

test.each([1, 2, 3, 4])(
  'profiles are those of the reference model after random erasures, late touchpoints and decisions: history %i',
  async (number) => {
    harness = await startHarness({ partitions: 3, members: 1 });
    const base = process.env['THROUGHLINE_TEST_SEED'] ?? Math.floor(Math.random() * 1e6);
    const seed = Number(base) * 10 + number;
    console.log(`seed ${base}`);
    const world = await play(harness, seed);
    expect(world.erasures.length).toBeGreaterThan(0);
    const reference = referenceProfiles(world);
    const { rows } = await harness.pool.query<{
      id: string;
      profile: string;
      parent: string | null;
      seen: string | null;
      value: string;
    }>(
      `select i.id, r.profile, i.parent, i.value,
         to_char(i.first_seen_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as seen
       from identity.identifier i join identity.identifier r on r.id = i.root order by i.id`,
    );
    const named = rows.filter(({ id }) => reference.identifiers.has(id));
    expect(named.map(({ value: _value, ...row }) => row)).toEqual(
      [...reference.identifiers.values()]
        .map(({ id, profile, parent, firstSeenAt: seen }) => ({ id, profile, parent, seen }))
        .toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    );
    // What is in no profile is without a name.
    expect(rows.filter(({ id, value }) => value !== '' && !reference.identifiers.has(id))).toEqual([]);
    const stored = await harness.pool.query<{ key: string; primary_identifier: string }>(
      'select key, primary_identifier from identity.touchpoint where block is not null order by key',
    );
    const keyOf = (text: string): string => {
      const [source = '', id = ''] = JSON.parse(text) as string[];
      return harness?.ids.touchpointKey(source, id) ?? '';
    };
    expect(stored.rows).toEqual(
      [...reference.belongsTo]
        .map(([text, identifier]) => ({ key: keyOf(text), primary_identifier: identifier }))
        .toSorted((left, right) => (left.key < right.key ? -1 : 1)),
    );
    const counts = await harness.pool.query<{ profile: string; count: number }>(
      `select r.profile, sum(i.touchpoint_count)::integer as count
       from identity.identifier i join identity.identifier r on r.id = i.root
       group by r.profile having sum(i.touchpoint_count) <> 0 order by r.profile`,
    );
    expect(counts.rows).toEqual(
      reference.profiles
        .filter(({ touchpointCount }) => touchpointCount > 0)
        .map(({ id, touchpointCount }) => ({ profile: id, count: touchpointCount })),
    );
    const traits = await harness.pool.query<{
      identifier: string;
      name: string;
      trust: string;
      value: string;
    }>(
      `select distinct on (r.profile, t.name) r.profile, t.name, t.value
       from identity.trait t join identity.identifier i on i.id = t.identifier join identity.identifier r on r.id = i.root
       where t.kind = 'trait'
       order by r.profile, t.name, t.trust desc, t.at desc, t.source collate "C" desc, t.touchpoint_id collate "C" desc`,
    );
    expect(traits.rows.map((row) => JSON.stringify(row)).toSorted()).toEqual(
      reference.profiles
        .flatMap(({ id, traits: of }) =>
          Object.entries(of).map(([name, { value }]) =>
            JSON.stringify({ profile: id, name, value: JSON.stringify(value) }),
          ),
        )
        .toSorted(),
    );
  },
  120_000,
);
