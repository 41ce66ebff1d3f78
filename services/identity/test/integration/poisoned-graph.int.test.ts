/**
 * Graphs that an attacker, or a kiosk, has grown: what a touchpoint reads there has a bound, and what other people's touchpoints of the same
 * batch read is what they would read without it. Rows are counted by Postgres, so the machine's other work does not show.
 */
import type { AcceptedTouchpoint, Identifier } from '@throughline/contracts';
import { inTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workOffRecheck } from '../../src/consume/work-off-rechecks.ts';
import { consumeIn } from './consume-in.ts';
import { touchpoint, user } from './http-harness.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness({ partitions: 1, maxBatchRows: Number.POSITIVE_INFINITY });
  await harness.identity.stop();
});
afterAll(() => harness.close());

const mail = (value: string): Identifier => ({ type: 'email', value: `${value}@poison.example` });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const phone = (n: number): Identifier => ({ type: 'phone', value: `+4930${1_000_000 + n}` });
const idOf = ({ type, value }: Identifier): string => harness.ids.identifierId(type, value);
const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

async function consume(touchpoints: readonly AcceptedTouchpoint[]): Promise<void> {
  for (let start = 0; start < touchpoints.length; start += 200)
    await measure(touchpoints.slice(start, start + 200), true);
  while (await workOffRecheck(harness.identity.context));
}

/** Rows of identity's tables that the batch reads. */
async function measure(touchpoints: readonly AcceptedTouchpoint[], isKept: boolean): Promise<number> {
  let count = 0;
  const attempt = inTransaction(harness.identity.context.pool, async (client) => {
    // Tables are small here, and statements are planned as for large ones.
    await client.query('discard plans');
    await client.query('set local enable_seqscan = off');
    const before = await countRead(client);
    await consumeIn(client, harness, touchpoints);
    count = (await countRead(client)) - before;
    if (!isKept) throw new NotKept();
  });
  await attempt.catch((error: unknown) => {
    if (!(error instanceof NotKept)) throw error;
  });
  return count;
}

class NotKept extends Error {}

/** By the transaction, and by those before it whose counts are not reported yet. */
async function countRead(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::integer as count
     from pg_stat_xact_user_tables where schemaname = 'identity'`,
  );
  return rows[0]?.count ?? 0;
}

const rowsRead = (touchpoints: readonly AcceptedTouchpoint[]) => measure(touchpoints, false);

/** More neighbours of the same kind as it has already; only the hub's own rows say how many they are. */
async function multiplyNeighbours(hub: Identifier, count: number, own: 'weaker' | 'stronger'): Promise<void> {
  const other = own === 'weaker' ? 'stronger' : 'weaker';
  await harness.pool.query(
    `insert into identity.link (${own}, ${other}, person, alias, counted_level, same_family, best_level,
       server_at, server_source, server_touchpoint)
     select $1, ('eeeeeeee' || lpad(to_hex(n), 24, '0'))::uuid, l.person, false, l.counted_level, l.same_family, l.best_level,
       l.server_at, l.server_source, l.server_touchpoint
     from (select * from identity.link where ${own} = $1 limit 1) as l, generate_series(1, $2::integer) n`,
    [idOf(hub), count],
  );
}

/** A chain of addresses that is longer than any search of a component. */
async function lengthenChain(end: Identifier, count: number): Promise<void> {
  const before = `case when n = 1 then $1::uuid else ('cccccccc' || lpad(to_hex(n - 1), 24, '0'))::uuid end`;
  await harness.pool.query(
    `insert into identity.identifier select (jsonb_populate_record(i, jsonb_build_object('id', next.id, 'value', next.id,
         'root', next.id, 'profile', next.id))).*
     from identity.identifier i, (select ('cccccccc' || lpad(to_hex(n), 24, '0'))::uuid as id from generate_series(1, $2::integer) n) as next
     where i.id = $1`,
    [idOf(end), count],
  );
  await harness.pool.query(
    `insert into identity.link (weaker, stronger, person, alias, counted_level, same_family, best_level,
       public_at, public_source, public_touchpoint)
     select least(${before}, ('cccccccc' || lpad(to_hex(n), 24, '0'))::uuid), greatest(${before}, ('cccccccc' || lpad(to_hex(n), 24, '0'))::uuid),
       true, false, 1, true, 1, now(), 'website', n::text
     from generate_series(1, $2::integer) n`,
    [idOf(end), count],
  );
}

let strangers = 0;
/** Ten visits of as many people whom nothing has named before. */
const otherPeople = (): AcceptedTouchpoint[] =>
  times(10).map(() => {
    strangers += 1;
    return touchpoint([user(`stranger-${strangers}`), cookie(`stranger-${strangers}`)]);
  });

interface Poisoned {
  what: string;
  /** Made as it is at first. */
  start: () => AcceptedTouchpoint[];
  /** Grown to the size of an attack. */
  grow: () => Promise<void>;
  /** The next one. */
  next: (n: number) => AcceptedTouchpoint;
}

const cases: Poisoned[] = [
  {
    what: 'an address with 100,000 telephones',
    start: () => times(520).map((n) => touchpoint([mail('hub'), phone(n)])),
    grow: () => multiplyNeighbours(mail('hub'), 100_000, 'stronger'),
    next: (n) => touchpoint([mail('hub'), phone(5_000 + n)]),
  },
  {
    what: 'a cookie that names 50,000 customers',
    start: () => times(20).map((n) => touchpoint([cookie('names-many'), user(`named-${n}`)])),
    grow: () => multiplyNeighbours(cookie('names-many'), 50_000, 'weaker'),
    next: (n) => touchpoint([cookie('names-many'), user(`named-later-${n}`)]),
  },
  {
    what: 'a customer with 100,000 cookies',
    start: () => times(20).map((n) => touchpoint([user('house'), cookie(`house-${n}`)])),
    grow: () => multiplyNeighbours(user('house'), 100_000, 'stronger'),
    next: (n) => touchpoint([user('house'), cookie(`house-later-${n}`)]),
  },
  {
    what: 'a chain of 20,000 addresses, past the bound of a component',
    start: () =>
      times(60).map((n) => touchpoint([mail(`chain-${n}`), mail(`chain-${n + 1}`)], { trust: 'public' })),
    grow: () => lengthenChain(mail('chain-60'), 20_000),
    next: (n) => touchpoint([mail('chain-60'), mail(`chain-later-${n}`)], { trust: 'public' }),
  },
];

describe.each(cases)('$what', ({ start, grow, next }) => {
  test('costs the next touchpoint no more than when it was small, and other people nothing', async () => {
    await consume(start());
    const small = await rowsRead([next(0)]);
    await grow();
    await harness.pool.query('analyze identity.link, identity.identifier');
    const large = await rowsRead([next(1)]);
    expect(large).toBeLessThanOrEqual(small + 100);

    const attack = () => times(5).map(() => next(2));
    const [alone, together] = [await rowsRead(attack()), await rowsRead([...attack(), ...otherPeople()])];
    expect(together - alone).toBeLessThanOrEqual(await rowsRead(otherPeople()));
  });
});
