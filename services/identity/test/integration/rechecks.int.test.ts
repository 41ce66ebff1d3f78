import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureUnsettled } from '../../src/consume/capture-unsettled.ts';
import { workOffRecheck } from '../../src/consume/work-off-rechecks.ts';
import { touchpoint, user } from './http-harness.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness({ partitions: 2 });
});
afterAll(() => harness.close());

const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const mail = (value: string): Identifier => ({ type: 'email', value });
const idOf = ({ type, value }: Identifier): string => harness.ids.identifierId(type, value);
const minute = (n: number): string => new Date(Date.UTC(2026, 4, 1) + n * 60_000).toISOString();

async function traitsOf(of: Identifier): Promise<Record<string, string>> {
  const { rows } = await harness.pool.query<{ name: string; value: string }>(
    'select name, value from identity.trait where identifier = $1 order by name',
    [idOf(of)],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

async function stateOf(of: Identifier) {
  const { rows } = await harness.pool.query<Record<string, unknown>>(
    `select i.touchpoint_count as count, i.first_touchpoint_at as first, i.last_touchpoint_at as last,
       (select count(*)::int from identity.touchpoint where primary_identifier = i.id) as stored
     from identity.identifier i where id = $1`,
    [idOf(of)],
  );
  return rows[0];
}

/** Those that are in the profile of another. */
async function countJoined(identifiers: readonly Identifier[]): Promise<number> {
  const { rows } = await harness.pool.query<{ count: number }>(
    'select count(*)::integer as count from identity.identifier where id = any($1) and profile <> id',
    [identifiers.map(idOf)],
  );
  return rows[0]?.count ?? 0;
}

/** Makes it shared for public keys and for servers. */
const sixUsers = (of: Identifier, prefix: string) =>
  Array.from({ length: 6 }, (_, n) =>
    touchpoint([user(`${prefix}-${n}`), of], {
      type: 'identify',
      occurredAt: minute(0),
      traits: { owner: n },
    }),
  );

describe('rechecks', () => {
  test('move touchpoints with their traits, and leave the identifier what is still under it', async () => {
    const desk = mail('desk@agency.example');
    await harness.send([
      ...Array.from({ length: 450 }, (_, n) =>
        touchpoint([desk, cookie(`visit-${n % 9}`)], {
          type: 'identify',
          occurredAt: minute(n + 1),
          traits: { note: n, [`only-${n}`]: 1 },
        }),
      ),
      touchpoint([desk], { type: 'identify', occurredAt: minute(2), traits: { note: 'alone', kept: true } }),
    ]);
    await harness.settle();
    expect(await stateOf(desk)).toMatchObject({ count: 451 });
    await harness.send(sixUsers(desk, 'agent'));
    await harness.settle();
    expect(await stateOf(desk)).toEqual({
      count: 1,
      stored: 1,
      first: new Date(minute(2)),
      last: new Date(minute(2)),
    });
    expect(await traitsOf(desk)).toEqual({ note: '"alone"', kept: 'true' });
    const moved = await traitsOf(cookie('visit-4'));
    expect(moved['note']).toBe('445');
    expect(Object.keys(moved)).toHaveLength(51);
    expect(await stateOf(cookie('visit-4'))).toMatchObject({
      count: 50,
      stored: 50,
      last: new Date(minute(446)),
    });
  });

  test('move what is attached to a browser that signs in, however much it is', async () => {
    const browser = cookie('collector');
    await harness.send(
      Array.from({ length: 320 }, (_, n) => touchpoint([browser, { type: 'order_id', value: `c-${n}` }])),
    );
    await harness.settle();
    await harness.send([touchpoint([user('collector'), browser])]);
    await harness.settle();
    const { rows } = await harness.pool.query<{ root: string; count: number }>(
      'select root, count(*)::integer as count from identity.identifier where parent = $1 group by root',
      [idOf(browser)],
    );
    expect(rows).toEqual([{ root: idOf(user('collector')), count: 320 }]);
  });

  test('separate the telephones of an address that becomes shared', async () => {
    const till = mail('till@agency.example');
    const phones = Array.from({ length: 501 }, (_, n): Identifier => ({
      type: 'phone',
      value: `+4930${1_000_000 + n}`,
    }));
    await harness.send(phones.slice(1).map((phone) => touchpoint([till, phone])));
    await harness.settle();
    expect(await countJoined(phones)).toBeGreaterThan(0);
    await harness.send([touchpoint([till, ...phones.slice(0, 1)])]);
    await harness.settle();
    expect(await countJoined(phones)).toBe(0);
  });
});

describe('rechecks that are worked off one by one', () => {
  const large = mail('large@agency.example');
  const small = mail('small@agency.example');
  let work: () => Promise<boolean>;
  beforeAll(async () => {
    await harness.send([
      ...Array.from({ length: 900 }, (_, n) =>
        touchpoint([large, cookie(`l-${n}`)], { occurredAt: minute(n) }),
      ),
      touchpoint([small, cookie('s-0')]),
    ]);
    await harness.settle();
    await harness.identity.stop();
    work = () => workOffRecheck(harness.identity.context);
  });

  test('take turns, so that a small one is done before a large one', async () => {
    await queue(large, 'touchpoints');
    await queue(small, 'touchpoints');
    expect([await work(), await work()]).toEqual([true, true]);
    expect(await pending()).toEqual([idOf(large)]);
    // Four pages and an empty one at most; five, because the end is known by a page that is not full.
    let pages = 1;
    while (await work()) pages += 1;
    expect(pages).toBe(5);
    expect(await pending()).toEqual([]);
  });

  test('wait apart when they fail, and the others are done', async () => {
    await queue(small, 'touchpoints');
    await harness.pool.query('alter table identity.touchpoint rename to touchpoint_away');
    try {
      await expect(work()).rejects.toThrow('touchpoint');
    } finally {
      await harness.pool.query('alter table identity.touchpoint_away rename to touchpoint');
    }
    // However long the others take.
    const postponed = await harness.pool.query(
      "update identity.recheck set retry_at = 'infinity' where retry_at > '-infinity'",
    );
    expect(postponed.rowCount).toBe(1);
    await queue(large, 'links');
    while (await work());
    expect(await pending()).toEqual([idOf(small)]);
    await harness.pool.query("update identity.recheck set retry_at = '-infinity'");
    expect(await work()).toBe(true);
    expect(await pending()).toEqual([]);
  });

  test('hold the report of the position until they and what follows from them are done', async () => {
    await queue(small, 'links');
    const isSettled = await captureUnsettled(harness.pool);
    await queue(large, 'links');
    await queue(small, 'touchpoints');
    await harness.pool.query(
      `update identity.recheck set origin = (select min(id) from identity.recheck) where kind = 'touchpoints'`,
    );
    expect(await isSettled()).toBe(false);
    await work();
    expect(await isSettled()).toBe(false);
    await work();
    // The last page of the large one is not asked for: it came later.
    await work();
    expect(await pending()).toEqual([idOf(large)]);
    expect(await isSettled()).toBe(true);
  });
});

async function queue(of: Identifier, kind: string): Promise<void> {
  await harness.pool.query('insert into identity.recheck (identifier, kind) values ($1, $2)', [
    idOf(of),
    kind,
  ]);
}

async function pending(): Promise<string[]> {
  const { rows } = await harness.pool.query<{ identifier: string }>(
    'select identifier from identity.recheck',
  );
  return rows.map(({ identifier }) => identifier);
}
