/** What one lookup reads does not grow with what is stored: not with its table, and not with the pages before it. */
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '@throughline/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadInferredOfPersons } from '../../src/db/load-inferred-links.ts';
import { loadAttachedTo, loadLinkedAttached, loadLinkedPersons } from '../../src/db/load-links.ts';
import { findTimelinePositions } from '../../src/db/find-timeline-positions.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

const hub = '11111111-1111-4111-8111-111111111111';
const neighbours = 4_000;
const pageSize = 20;

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness({ partitions: 1 });
  await harness.pool.query(
    `insert into identity.link (weaker, stronger, person, alias, counted_level, same_family, best_level)
     select lpad(to_hex(n), 32, '0')::uuid, $1, n % 2 = 0, false, 2, false, 3 from generate_series(1, $2::integer) n`,
    [hub, neighbours * 2],
  );
  await harness.pool.query('vacuum analyze identity.link');
});
afterAll(() => harness.close());

/**
 * Pages of tables and indexes that a statement reads, planned for no value in particular, as on the consumer's connections.
 * @param values what the statement is given, as SQL
 * @param fill runs between the planning and the reading
 */
async function readPages(
  run: (client: PoolClient) => Promise<unknown>,
  values: readonly string[],
  fill: (client: PoolClient) => Promise<unknown> = async () => {},
): Promise<number> {
  return await inTransaction(harness.pool, async (client) => {
    await client.query('set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off');
    let plan = '';
    const explaining = {
      query: async ({ text }: { text: string }) => {
        await client.query(`prepare looked_up as ${text}`);
        const execute = `explain (analyze, buffers, timing off, costs off) execute looked_up (${values.join(', ')})`;
        await client.query(execute);
        await fill(client);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(execute);
        await client.query('deallocate looked_up');
        plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        return { rows: [] };
      },
    };
    await run(explaining as unknown as PoolClient);
    const [, hit, read] = /Buffers: shared hit=(\d+)(?: read=(\d+))?/u.exec(plan) ?? [];
    expect(hit).toBeDefined();
    return Number(hit) + Number(read ?? 0);
  });
}

test.each([
  ['person identifiers', loadLinkedPersons],
  ['attached identifiers', loadLinkedAttached],
])('the last page of linked %s costs what the first did', async (_, load) => {
  const page = await inTransaction(harness.pool, (client) => load(client, hub, null, pageSize));
  expect(page).toHaveLength(pageSize);
  const late = (neighbours * 2 - 100).toString(16).padStart(32, '0');
  const read = await readPages(
    (client) => load(client, hub, late, pageSize),
    [`'${hub}'`, `'${late}'`, String(pageSize)],
  );
  expect(read).toBeLessThanOrEqual(40);
});

test('pages of what is attached to an identifier begin after the cursor', async () => {
  const children = ['a', 'b', 'c'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
  await harness.pool.query(
    `insert into identity.identifier (id, type, value, blocked, touchpoint_count, known, linked, shared_level, vouched,
       parent, root, profile, bound_stage, version, published)
     select id, 'anonymous_id', id::text, false, 0, false, true, 0, false, $2, $2, $2, 0, 1, true
     from unnest($1::uuid[]) as child (id)`,
    [children, hub],
  );
  const pages = await inTransaction(harness.pool, async (client) => [
    await loadAttachedTo(client, hub, null, 2),
    await loadAttachedTo(client, hub, children[1] ?? '', 2),
  ]);
  expect(pages).toEqual([children.slice(0, 2), children.slice(2)]);
});

test('inferred links are found by their ends where one identifier has nearly all', async () => {
  const other = '33333333-3333-4333-8333-333333333333';
  const read = await readPages(
    (client) => loadInferredOfPersons(client, [other], 0),
    [`array['${other}'::uuid]`],
    (client) =>
      client.query(
        `insert into identity.inferred_link (via, a, b, person, level, first_at, first_source, first_touchpoint)
         select lpad(to_hex(n), 32, '0')::uuid, $1, lpad(to_hex(n % 7), 32, '2')::uuid, true, 3, now(), 's', n::text
         from generate_series(1, 20000) n`,
        [hub],
      ),
  );
  expect(read).toBeLessThanOrEqual(10);
});

describe('a stretch of the timelines of many identifiers', () => {
  const members = Array.from(
    { length: 300 },
    (_, n) => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
  );
  const before = { occurredAt: '2026-06-01T00:00:00.000Z', key: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };
  const filter = { from: '2026-01-01T00:00:00.000Z', name: null, channel: 'web' };
  beforeAll(async () => {
    // Twenty of each, many at one instant; every tenth lies outside of the span.
    await harness.pool.query(
      `insert into identity.touchpoint (key, occurred_at, primary_identifier, identifiers, source, id, trust, channel, block, place)
       select md5(member.id || n::text)::uuid,
         timestamptz '2026-05-01' + make_interval(hours => (n * 7) % 90, years => case when n % 10 = 0 then 1 else 0 end),
         member.id, array[member.id], 's', member.id || n::text, 'server',
         case when n % 3 = 0 then 'web' else 'store' end, member.id, n
       from unnest($1::uuid[]) as member (id), generate_series(1, 20) as n`,
      [members],
    );
    await harness.pool.query('vacuum analyze identity.touchpoint');
  });

  test.each([1, 3, 128, 129, 300])('is that of all of them together, of %d', async (size) => {
    const some = members.slice(0, size);
    const { rows } = await harness.pool.query<{ key: string; matches: boolean }>(
      `select key, channel = 'web' as matches from identity.touchpoint
       where primary_identifier = any($1) and occurred_at < '2026-06-01' order by occurred_at desc, key desc limit 30`,
      [some],
    );
    const found = await findTimelinePositions(harness.pool, some, before, filter, 30);
    expect(found.map(({ key, matches }) => ({ key, matches }))).toEqual(rows);
  });

  test('reads little more than the stretch, however many identifiers there are', async () => {
    const some = members.slice(0, 128);
    const values = [`'${before.occurredAt}'`, `'${before.key}'`, `'${filter.from}'`, 'null', 'null', '20'];
    const read = await readPages(
      (client) => findTimelinePositions(client as unknown as Pool, some, before, filter, 20),
      [...values, ...some.map((id) => `'${id}'`)],
    );
    // Of each the way to its newest, and the rows of one page; not twenty of each.
    expect(read).toBeLessThanOrEqual(128 * 5 + 20);
  });
});
