/** Erasures on a real Postgres, between touchpoints and decisions, against the reference model. */
import type { Identifier } from '@throughline/contracts';
import {
  randomHistory,
  seededRandom,
  shuffledOperations,
  testSeeds,
  type World,
  type WorldTouchpoint,
} from '@throughline/testkit';
import type { Pool, PoolClient } from 'pg';
import { describe, test } from 'vitest';
import { workOffErasure } from '../../src/consume/work-off-erasures.ts';
import { workOffRecheck } from '../../src/consume/work-off-rechecks.ts';
import { policySchema } from '../../src/core/policy.ts';
import { ErasurePlayer } from './erasure-player.ts';
import { expectWorld } from './expect-world.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

/** About a time that no erasure reaches. */
function inTheFuture(touchpoint: WorldTouchpoint): WorldTouchpoint {
  const later = (at: string) => at.replace(/^2026/, '2126').replace(/^2025/, '2125');
  return {
    ...touchpoint,
    occurredAt: later(touchpoint.occurredAt),
    receivedAt: later(touchpoint.receivedAt),
  };
}

/** Plays a history and returns the world that it comes to. */
async function play(service: IdentityHarness, seed: number): Promise<World> {
  const random = seededRandom(seed);
  const player = new ErasurePlayer(service);
  const { operations } = randomHistory(seed, { operations: 90 });
  for (const operation of shuffledOperations(operations, random)) {
    if (operation.kind === 'touchpoint') {
      const touchpoint = random.chance(0.15) ? inTheFuture(operation.touchpoint) : operation.touchpoint;
      await player.send(touchpoint, random.chance(0.2) ? 2 : 1);
      if (!random.chance(0.06)) continue;
      await service.settle();
      await erase([random.pick(touchpoint.identifiers)]);
      continue;
    }
    await service.settle();
    if (operation.kind === 'decision') await player.decide(operation.decision);
    else if (operation.kind === 'withdraw') await player.withdraw(operation.decisionId);
    else if (operation.kind === 'erase') await erase(operation.erasure.identifiers);
  }
  const [first] = player.world.touchpoints;
  if (player.world.erasures.length === 0 && first !== undefined) {
    await service.settle();
    await erase(first.identifiers);
  }
  await player.settle();
  return player.world;

  async function erase(candidates: readonly Identifier[]): Promise<void> {
    await player.erase(candidates, { includesPublic: random.chance(0.7) });
    // Some touchpoints arrive while it is being carried out.
    if (random.chance(0.5)) await player.settle();
  }
}

const { firstSeed, count } = testSeeds(2);

test.for(Array.from({ length: count }, (_, index) => firstSeed + index))(
  'profiles are those of the reference model after random erasures, late touchpoints and decisions: seed %i',
  { concurrent: true },
  async (seed, { expect, onTestFinished }) => {
    // With two of them, erasures are worked off side by side.
    const service = await startHarness({ partitions: 3, members: 1 + (seed % 2) });
    onTestFinished(() => service.close());
    const world = await play(service, seed);
    expect(world.erasures.length).toBeGreaterThan(0);
    await expectWorld(expect, service, world);
  },
);

describe('a touchpoint that names a blocked value and what many share, and so belongs to the blocked value', () => {
  const blocked: Identifier = { type: 'user_id', value: 'null' };

  test.for<Identifier>([
    { type: 'email', value: 'desk@shop.example' },
    { type: 'device_id', value: 'kiosk' },
  ])('is found by an erasure of %o', async (shared, { expect, onTestFinished }) => {
    const service = await startHarness({ partitions: 3, members: 1 });
    onTestFinished(() => service.close());
    const player = new ErasurePlayer(service);
    for (const customer of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      await player.send(touchpointOf(customer, [{ type: 'user_id', value: customer }, shared]));
    await service.settle();
    await player.send(touchpointOf('alone', [shared]));
    await player.send({
      ...touchpointOf('first', [blocked, shared]),
      occurredAt: '2026-02-01T10:00:00.000Z',
    });
    await service.settle();
    await player.erase([shared]);
    await player.settle();
    await expectWorld(expect, service, player.world);
    const { rows } = await service.pool.query<{ identifiers: string[] }>(
      'select identifiers from identity.touchpoint where key = $1',
      [service.ids.touchpointKey('server', 'first')],
    );
    const left = shared.type === 'email' ? [blocked] : [blocked, shared];
    expect(rows[0]?.identifiers).toEqual(
      left.map(({ type, value }) => service.ids.identifierId(type, value)),
    );
  });
});

test('a blocked value whose own profile was erased keeps its times when others that named it are erased', async ({
  expect,
  onTestFinished,
}) => {
  const service = await startHarness({ partitions: 3, members: 1 });
  onTestFinished(() => service.close());
  const player = new ErasurePlayer(service);
  const blocked: Identifier = { type: 'email', value: 'test@test.com' };
  const stays: Identifier = { type: 'anonymous_id', value: 'stays' };
  const goes: Identifier = { type: 'anonymous_id', value: 'goes' };
  await player.send(touchpointOf('stays', [blocked, stays]));
  await player.send(touchpointOf('goes', [blocked, goes]));
  await service.settle();
  for (const identifier of [blocked, goes]) {
    await player.erase([identifier]);
    await player.settle();
  }
  expect(player.world.erasures.length).toBe(2);
  await expectWorld(expect, service, player.world);
});

describe('a kiosk that six customers share', () => {
  const kiosk: Identifier = { type: 'device_id', value: 'kiosk' };
  const early = '2026-02-01T10:00:00.000Z';
  const customerOf = (value: string): Identifier => ({ type: 'user_id', value });

  /** Ann, whose touchpoint was the first at the kiosk, is erased. */
  async function eraseTheFirst(service: IdentityHarness): Promise<ErasurePlayer> {
    const player = new ErasurePlayer(service);
    for (const value of ['bea', 'cyd', 'dan', 'eve', 'fay', 'gus'])
      await player.send(touchpointOf(value, [customerOf(value), kiosk]));
    await player.send({ ...touchpointOf('ann', [customerOf('ann'), kiosk]), occurredAt: early });
    await service.settle();
    await player.erase([customerOf('ann')]);
    await player.settle();
    return player;
  }

  async function firstSeen({ pool, ids }: IdentityHarness): Promise<Date | undefined> {
    const { rows } = await pool.query<{ first_seen_at: Date }>(
      'select first_seen_at from identity.identifier where id = $1',
      [ids.identifierId(kiosk.type, kiosk.value)],
    );
    return rows[0]?.first_seen_at;
  }

  test('was first seen when an erased customer used it, by other rules too, until it is erased itself', async ({
    expect,
    onTestFinished,
  }) => {
    const service = await startHarness({ partitions: 3, members: 1 });
    onTestFinished(() => service.close());
    const player = await eraseTheFirst(service);
    expect(await firstSeen(service)).toEqual(new Date(early));
    await player.changePolicy(policySchema.parse({ crowdDegree: 400 }));
    await service.settle();
    expect(await firstSeen(service)).toEqual(new Date(early));
    await expectWorld(expect, service, player.world);
    await player.erase([kiosk]);
    await player.settle();
    expect(await firstSeen(service)).toEqual(new Date('2026-03-01T10:00:00.000Z'));
    await expectWorld(expect, service, player.world);
    // What comes late is of both erasures.
    const late = { ...touchpointOf('late', [customerOf('ann'), kiosk]), occurredAt: early };
    await player.send(late);
    await player.settle();
    expect(await firstSeen(service)).toEqual(new Date('2026-03-01T10:00:00.000Z'));
    await expectWorld(expect, service, player.world);
  });

  test('is forgotten although its erasure begins while that of a customer is dropping touchpoints', async ({
    expect,
    onTestFinished,
  }) => {
    const service = await startHarness({ partitions: 3, members: 1 });
    onTestFinished(() => service.close());
    const player = new ErasurePlayer(service);
    for (const value of ['bea', 'cyd', 'dan', 'eve', 'fay', 'gus'])
      await player.send(touchpointOf(value, [customerOf(value), kiosk]));
    await player.send({ ...touchpointOf('ann', [customerOf('ann'), kiosk]), occurredAt: early });
    await service.settle();
    await service.identity.stop();
    const { context } = service.identity;
    const work = async (pool = context.pool): Promise<boolean> =>
      await workOffErasure({ ...context, pool }, () =>
        Promise.resolve({ rejections: [], deadLetters: 0, next: null }),
      );
    await player.erase([customerOf('ann')]);
    let isBegun = false;
    // Between the judgement of a page and the lock under which it is saved.
    const interleaved = poolWithHook(context.pool, 'load-identifiers-nowait', async () => {
      if (isBegun) return;
      isBegun = true;
      await player.erase([kiosk]);
      for (const _step of ['decisions', 'gather']) await work();
    });
    while (await work(interleaved));
    expect(isBegun).toBe(true);
    expect(player.world.erasures.length).toBe(2);
    while (await workOffRecheck(context));
    await expectWorld(expect, service, player.world);
  });

  test('keeps what came after its own erasure and was dropped by another one, whatever is measured again', async ({
    expect,
    onTestFinished,
  }) => {
    const service = await startHarness({ partitions: 3, members: 1 });
    onTestFinished(() => service.close());
    const player = await eraseTheFirst(service);
    await player.erase([kiosk]);
    await player.settle();
    const [, ofKiosk] = player.world.erasures;
    const after = new Date(Date.parse(ofKiosk?.at ?? '') + 1).toISOString();
    const hal = customerOf('hal');
    await player.send({ ...touchpointOf('new', [hal, kiosk]), occurredAt: after, receivedAt: after });
    await player.send(touchpointOf('old', [hal, kiosk]));
    await service.settle();
    await player.erase([hal]);
    await player.settle();
    expect(player.world.erasures.length).toBe(3);
    await expectWorld(expect, service, player.world);
  });
});

test.for<{ what: string; link: [Identifier, Identifier] | null }>([
  { what: 'all evidence of the source', link: null },
  {
    what: 'the link of the two alone',
    link: [
      { type: 'user_id', value: 'bob' },
      { type: 'email', value: 'ada@example.org' },
    ],
  },
])(
  'an erasure finds the touchpoints of other people that name the person although $what is withdrawn',
  async ({ link }, { expect, onTestFinished }) => {
    const service = await startHarness({ partitions: 3, members: 1 });
    onTestFinished(() => service.close());
    const player = new ErasurePlayer(service);
    const ada: Identifier = { type: 'user_id', value: 'ada' };
    const bob: Identifier = { type: 'user_id', value: 'bob' };
    const address: Identifier = { type: 'email', value: 'ada@example.org' };
    await player.send({ ...touchpointOf('own', [ada, address]), source: 'shop' });
    await player.send(touchpointOf('before', [bob, address]));
    await service.settle();
    await player.withdrawEvidence({
      source: 'server',
      by: 'occurredAt',
      from: null,
      to: null,
      touchpoint: null,
      link,
    });
    await player.send(touchpointOf('since', [bob, address]));
    await service.settle();
    await player.erase([ada]);
    await player.settle();
    await expectWorld(expect, service, player.world);
    const { rows } = await service.pool.query<{ identifiers: string[] }>(
      'select identifiers from identity.touchpoint where identifiers is not null',
    );
    const left = [service.ids.identifierId(bob.type, bob.value)];
    expect(rows).toEqual([{ identifiers: left }, { identifiers: left }]);
  },
);

/** @param before called before each statement of that name */
function poolWithHook(pool: Pool, name: string, before: () => Promise<void>): Pool {
  const withHook = (client: PoolClient): PoolClient => {
    const query = async (...given: unknown[]): Promise<unknown> => {
      if ((given[0] as { name?: string }).name === name) await before();
      return await (client.query.bind(client) as (...values: unknown[]) => Promise<unknown>)(...given);
    };
    return override(client, 'query', query);
  };
  return override(pool, 'connect', async () => withHook(await pool.connect()));
}

function override<T extends object>(target: T, name: string, replacement: unknown): T {
  return new Proxy(target, {
    get: (_target, property) => {
      if (property === name) return replacement;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function touchpointOf(id: string, identifiers: Identifier[]): WorldTouchpoint {
  const at = '2026-03-01T10:00:00.000Z';
  return {
    id,
    source: 'server',
    type: 'track',
    name: 'Product Viewed',
    trust: 'server',
    occurredAt: at,
    receivedAt: at,
    identifiers,
  };
}
