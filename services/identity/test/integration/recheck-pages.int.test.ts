/** A recheck reads what is linked to an identifier in pages: the last page must cost what the first did. */
import type { PoolClient } from 'pg';
import { inTransaction } from '@throughline/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAttachedTo, loadLinkedAttached, loadLinkedPersons } from '../../src/db/load-links.ts';
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

/** Rows that a page reads to give its own, planned for no cursor in particular, as on the consumer's connections. */
async function readRows(load: typeof loadLinkedPersons, cursor: string): Promise<number> {
  return await inTransaction(harness.pool, async (client) => {
    await client.query('set local plan_cache_mode = force_generic_plan');
    let plan = '';
    const explaining = {
      query: async ({ text, values }: { text: string; values: unknown[] }) => {
        await client.query(`prepare page as ${text}`);
        const literals = values.map((value) => `'${String(value)}'`).join(', ');
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(
          `explain (analyze, timing off, costs off) execute page (${literals})`,
        );
        await client.query('deallocate page');
        plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        return { rows: [] };
      },
    };
    await load(explaining as unknown as PoolClient, hub, cursor, pageSize);
    const read = [...plan.matchAll(/actual rows=(\d+)|Rows Removed by Filter: (\d+)/gu)];
    expect(read.length).toBeGreaterThan(0);
    return read.reduce((sum, [, rows, removed]) => sum + Number(rows ?? removed), 0);
  });
}

test.each([
  ['person identifiers', loadLinkedPersons],
  ['attached identifiers', loadLinkedAttached],
])('the last page of linked %s reads no more rows than the first', async (_, load) => {
  const page = await inTransaction(harness.pool, (client) => load(client, hub, null, pageSize));
  expect(page).toHaveLength(pageSize);
  const late = (neighbours * 2 - 100).toString(16).padStart(32, '0');
  expect(await readRows(load, late)).toBeLessThanOrEqual(pageSize * 5);
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
