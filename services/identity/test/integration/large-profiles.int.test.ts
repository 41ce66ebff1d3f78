import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maxReadAttached } from '../../src/db/save-attached-summaries.ts';
import { type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const minute = (n: number): string => new Date(Date.UTC(2026, 5, 1) + n * 60_000).toISOString();
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const mail = (value: string): Identifier => ({ type: 'email', value });
const order = (value: string): Identifier => ({ type: 'order_id', value });
const many = maxReadAttached + 150;

interface LinkItem {
  weaker: { id: string };
  stronger: { id: string };
}

/** All pages, and how many there were. */
async function allLinks(ref: string): Promise<{ pairs: string[]; pages: number }> {
  const pairs: string[] = [];
  let pages = 0;
  for (let cursor: string | null = ''; cursor !== null; pages += 1) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await harness.profile(ref, `/links?limit=100${query}`);
    expect(status).toBe(200);
    pairs.push(...body.items.map(({ weaker, stronger }: LinkItem) => `${weaker.id} ${stronger.id}`));
    cursor = body.nextCursor;
  }
  return { pairs, pages };
}

async function storedPairs(member: string): Promise<string[]> {
  const { rows } = await harness.pool.query<{ pair: string }>(
    `select distinct l.weaker || ' ' || l.stronger as pair from identity.link l
     join identity.identifier i on i.id in (l.weaker, l.stronger)
     where i.root = $1`,
    [member],
  );
  return rows.map(({ pair }) => pair).toSorted();
}

describe('a profile with more identifiers than are listed', () => {
  test('counts all orders, and shows every link of theirs once', async () => {
    const phone = cookie('shop-phone');
    await harness.send([
      ...Array.from({ length: many }, (_, n) =>
        touchpoint(
          n % 50 === 0 ? [user('house'), order(`h-${n}`), phone] : [user('house'), order(`h-${n}`)],
          {
            occurredAt: minute(n),
          },
        ),
      ),
      touchpoint([order('h-7')], { occurredAt: minute(90_000), traits: { parcel: 'lost' } }),
    ]);
    const { body } = await harness.profile('user_id:house');
    expect(body).toMatchObject({
      transactionCount: many,
      touchpointCount: many + 1,
      firstSeenAt: minute(0),
      lastSeenAt: minute(90_000),
      identifierCount: 2,
      identifiersTruncated: false,
      traits: { parcel: { value: 'lost' } },
      traitsTruncated: false,
    });
    const { pairs, pages } = await allLinks('user_id:house');
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs.toSorted()).toEqual(await storedPairs(harness.ids.identifierId('user_id', 'house')));
    expect(pages).toBeGreaterThan(10);
    const newest = await harness.profile('user_id:house', '/touchpoints?limit=2');
    expect(newest.body.items.map((item: { occurredAt: string }) => item.occurredAt)).toEqual([
      minute(90_000),
      minute(many - 1),
    ]);
  });

  test('stays readable with exact counts when a thousand cookies are put on its e-mail, and when they leave', async () => {
    const victim = mail('victim@flood.example');
    await harness.send([
      touchpoint([user('victim'), victim], {
        occurredAt: minute(5_000),
        type: 'identify',
        traits: { tier: 'a' },
      }),
      ...Array.from({ length: many }, (_, n) =>
        touchpoint([victim, cookie(`f-${n}`)], { trust: 'public', occurredAt: minute(n) }),
      ),
      ...Array.from({ length: many }, (_, n) =>
        touchpoint([cookie(`f-${n}`)], {
          trust: 'public',
          occurredAt: minute(10_000 + n),
          traits: { [`x-${n}`]: n },
        }),
      ),
    ]);
    const { body } = await harness.profile('user_id:victim');
    expect(body).toMatchObject({
      identifierCount: many + 2,
      identifiersTruncated: true,
      touchpointCount: 2 * many + 1,
      firstSeenAt: minute(0),
      lastSeenAt: minute(10_000 + many - 1),
      traits: { tier: { value: 'a', source: 'server' } },
      traitsTruncated: true,
      identified: true,
    });
    expect(body.identifiers).toHaveLength(1_000);
    expect(body.identifiers.slice(0, 2).map(({ type }: Identifier) => type)).toEqual(['user_id', 'email']);
    const looked = await harness.call('POST', '/v1/profiles/lookup', { body: { refs: ['user_id:victim'] } });
    expect(looked.body.profiles['user_id:victim'].identifiers).toHaveLength(100);
    const page = await harness.profile('user_id:victim', '/touchpoints?limit=3');
    expect(page.body).toMatchObject({ identifiersTruncated: true });
    expect(page.body.items[0].occurredAt).toBe(minute(10_000 + many - 1));

    const flooded = Array.from({ length: 6 }, (_, n) =>
      touchpoint([user(`other-${n}`), victim], { trust: 'public' }),
    );
    await harness.send(flooded);
    await poll(async () => (await harness.profile('user_id:victim')).body.freshness.pendingRecords === 0);
    const { rows } = await harness.pool.query(
      `select sum(touchpoint_count)::int as count, min(first_touchpoint_at) as first, max(last_touchpoint_at) as last
       from identity.identifier i where root in (select id from identity.identifier where profile = $1)`,
      [harness.ids.identifierId('user_id', 'victim')],
    );
    const after = (await harness.profile('user_id:victim')).body;
    expect(after.identifierCount).toBeLessThan(10);
    expect([after.touchpointCount, new Date(after.firstSeenAt), new Date(after.lastSeenAt)]).toEqual([
      rows[0].count,
      rows[0].first,
      rows[0].last,
    ]);
  });

  test('reads a bound again when the identifier that had it leaves', async () => {
    const desk = mail('bounds@desk.example');
    const first = cookie('first-to-leave');
    await harness.send([
      touchpoint([user('bounds'), desk], { occurredAt: minute(5_000) }),
      ...Array.from({ length: many }, (_, n) =>
        touchpoint([desk, cookie(`b-${n}`)], { occurredAt: minute(n + 10) }),
      ),
      ...Array.from({ length: many }, (_, n) =>
        touchpoint([cookie(`b-${n}`)], { occurredAt: minute(n + 10) }),
      ),
      touchpoint([desk, first], { occurredAt: minute(6_000) }),
      touchpoint([first], { occurredAt: minute(1) }),
    ]);
    expect((await harness.profile('user_id:bounds')).body.firstSeenAt).toBe(minute(1));
    const moved = await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: 'split', sides: [['user_id:bounds'], ['anonymous_id:first-to-leave']] },
    });
    expect(moved.status).toBe(201);
    await poll(async () => (await harness.profile('user_id:bounds')).body.freshness.pendingRecords === 0);
    expect((await harness.profile('user_id:bounds')).body.firstSeenAt).toBe(minute(10));
  });
});
