import type { AcceptedTouchpoint } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

interface Item {
  id: string;
  key: string;
  occurredAt: string;
  name: string | null;
}

/** All pages of a timeline, in order. */
async function readAll(
  ref: string,
  query: Record<string, string>,
): Promise<{ items: Item[]; pages: number }> {
  const items: Item[] = [];
  let pages = 0;
  for (let cursor: string | null = null; ; pages += 1) {
    const parameters = new URLSearchParams({ ...query, ...(cursor === null ? {} : { cursor }) });
    const { status, body } = await harness.profile(ref, `/touchpoints?${parameters.toString()}`);
    expect(status).toBe(200);
    items.push(...(body.items as Item[]));
    cursor = body.nextCursor as string | null;
    if (cursor === null) return { items, pages: pages + 1 };
    expect(pages).toBeLessThan(1_000);
  }
}

const newestFirst = (left: Item, right: Item): number =>
  left.occurredAt === right.occurredAt
    ? left.key < right.key
      ? 1
      : -1
    : left.occurredAt < right.occurredAt
      ? 1
      : -1;

describe('GET /v1/profiles/{ref}/touchpoints', () => {
  test('answers touchpoints whole, as they were accepted', async () => {
    const sent = touchpoint([user('whole'), { type: 'anonymous_id', value: 'whole-cookie' }], {
      id: 'whole-1',
      type: 'track',
      name: 'Product Added',
      occurredAt: '2026-03-01T10:00:00.001Z',
      receivedAt: '2026-03-01T10:00:02.000Z',
      channel: 'web',
      sentiment: -0.5,
      traits: { city: 'Bonn' },
      properties: { price: 12.5, text: '<script>\u{1f600}', deep: { list: [1, null, false] } },
      context: { page: { path: '/x' } },
      warnings: ['time_clamped'],
    });
    await harness.send([sent]);
    const { body } = await harness.profile('user_id:whole', '/touchpoints');
    expect(body).toEqual({
      items: [{ ...sent.touchpoint, key: harness.ids.touchpointKey('server', 'whole-1'), trust: 'server' }],
      nextCursor: null,
      identifiersTruncated: false,
    });
  });

  test('merges the timelines of all members and loses nothing between pages, even at one instant', async () => {
    const moments = ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.001Z', '2026-03-02T00:00:00.000Z'];
    const cookies = ['one', 'two', 'three', 'four'].map((value) => ({
      type: 'anonymous_id' as const,
      value: `many-${value}`,
    }));
    const sent: AcceptedTouchpoint[] = cookies.map((cookie) => touchpoint([user('many'), cookie]));
    for (let n = 0; n < 300; n += 1) {
      const identifiers = [cookies[n % 5] ?? user('many')];
      sent.push(touchpoint(identifiers, { occurredAt: moments[n % 3] ?? '', name: `Event ${n % 7}` }));
    }
    await harness.send(sent);
    const ids = sent.map((one) => one.touchpoint.id).toSorted();
    for (const limit of [1, 7, 100]) {
      const { items, pages } = await readAll('user_id:many', { limit: String(limit) });
      expect(items.map((item) => item.id).toSorted()).toEqual(ids);
      expect(items.toSorted(newestFirst)).toEqual(items);
      expect(pages).toBe(Math.ceil(sent.length / limit));
    }
    const named = await readAll('user_id:many', { limit: '10', name: 'Event 3' });
    expect(named.items.map((item) => item.id).toSorted()).toEqual(
      sent.flatMap(({ touchpoint: one }) => (one.name === 'Event 3' ? [one.id] : [])).toSorted(),
    );
  });

  test('takes from and to inclusively, in any zone and precision', async () => {
    const at = (occurredAt: string) => touchpoint([user('span')], { occurredAt, id: `span ${occurredAt}` });
    await harness.send([
      at('2026-03-01T09:59:59.999Z'),
      at('2026-03-01T10:00:00.000Z'),
      at('2026-03-01T10:00:00.001Z'),
      at('2026-03-01T11:00:00.000Z'),
      at('2026-03-01T11:00:00.001Z'),
    ]);
    const span = async (query: Record<string, string>) =>
      (await readAll('user_id:span', { limit: '1', ...query })).items.map((item) =>
        item.occurredAt.slice(11, 23),
      );
    expect(await span({ from: '2026-03-01T10:00:00Z', to: '2026-03-01T11:00:00Z' })).toEqual([
      '11:00:00.000',
      '10:00:00.001',
      '10:00:00.000',
    ]);
    expect(
      await span({ from: '2026-03-01T12:30:00.0000001+02:30', to: '2026-03-01t05:59:59.9999-05:00' }),
    ).toEqual(['10:00:00.001']);
    expect(await span({ from: '2026-03-01T11:00:00.001Z' })).toEqual(['11:00:00.001']);
    expect(await span({ to: '2026-03-01T09:59:59.999Z' })).toEqual(['09:59:59.999']);
    expect(await span({ from: '9999-12-31T23:59:59Z' })).toEqual([]);
    expect(await span({ to: '0001-01-01T00:00:00Z' })).toEqual([]);
  });

  test('filters by channel, and ends a page after 10,000 rows though few have passed', async () => {
    const rare = [0, 10_500, 21_000].map((minute) =>
      touchpoint([user('rare')], {
        channel: 'store',
        occurredAt: new Date(Date.UTC(2020, 0, 1, 0, minute)).toISOString(),
      }),
    );
    await harness.send(rare);
    // 21,000 more by SQL: what is tested is reading them.
    await harness.pool.query(
      `insert into identity.touchpoint (key, primary_identifier, occurred_at, assignment_version, block, place, has_traits,
         identifiers, trust, source, id, name, body_hash)
       select gen_random_uuid(), $1, '2020-01-01'::timestamptz + n * interval '1 minute' + interval '1 second', 0,
         gen_random_uuid(), 0, false, array[$1::uuid], 'server', 'server', 'filler-' || n, 'Home', 'x'
       from generate_series(1, 21000) n`,
      [harness.ids.identifierId('user_id', 'rare')],
    );
    await harness.pool.query(
      `update identity.identifier set last_touchpoint_at = '2030-01-01' where value = 'rare'`,
    );
    const first = await harness.profile('user_id:rare', '/touchpoints?channel=store&limit=2');
    expect(first.body.items).toHaveLength(1);
    expect(first.body.nextCursor).toEqual(expect.any(String));
    const { items, pages } = await readAll('user_id:rare', { channel: 'store', limit: '2' });
    expect(items.map((item) => item.id)).toEqual(rare.map((one) => one.touchpoint.id).toReversed());
    expect(pages).toBe(3);
    expect((await readAll('user_id:rare', { channel: 'web' })).items).toEqual([]);
  });

  test('answers a profile without touchpoints with an empty page, and a stranger with 404', async () => {
    await harness.send(
      Array.from({ length: 6 }, (_, n) =>
        touchpoint([user(`sharing-${n}`), { type: 'phone', value: '+49800' }]),
      ),
    );
    expect((await harness.profile('phone:+49800', '/touchpoints')).body).toEqual({
      items: [],
      nextCursor: null,
      identifiersTruncated: false,
    });
    const { status, body } = await harness.profile('user_id:stranger', '/touchpoints');
    expect([status, body.code]).toEqual([404, 'profile_not_found']);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['from=yesterday', 'from'],
    ['from=2026-02-30T00:00:00Z', 'from'],
    ['from=2026-02-03', 'from'],
    ['from=2026-02-03T00:00:00', 'from'],
    ['from=0000-01-01T00:00:00Z', 'from'],
    ['from=0001-01-01T00:00:00%2B01:00', 'from'],
    ['to=9999-12-31T23:59:59-01:00', 'to'],
    ['from=2026-02-03T00:00:00Z&to=2026-02-02T00:00:00Z', 'from'],
    ['name=%00', 'name'],
    ['name=', 'name'],
    [`channel=${'x'.repeat(51)}`, 'channel'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from("' or 1 x").toString('base64url')}`, 'cursor'],
    [
      `cursor=${Buffer.from('2026-02-30T99:00:00.000Z 00000000-0000-0000-0000-000000000000').toString('base64url')}`,
      'cursor',
    ],
    ['colour=blue', 'colour'],
    ['__proto__=1', '__proto__'],
  ])('refuses %s and names %s', async (query, field) => {
    const { status, body } = await harness.profile('user_id:whole', `/touchpoints?${query}`);
    expect([status, body.code, body.field]).toEqual([400, 'invalid_parameter', field]);
    expect(body.expected).toEqual(expect.any(String));
  });
});
