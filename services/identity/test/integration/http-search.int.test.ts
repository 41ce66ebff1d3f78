import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
const email = (value: string): Identifier => ({ type: 'email', value });

beforeAll(async () => {
  harness = await startHttpHarness();
  await harness.send([
    touchpoint([user('c-1'), email('ada@example.org'), { type: 'phone', value: '+4930123456' }], {
      traits: { firstName: 'Ada', lastName: 'Lovelace', plan: 'gold' },
    }),
    touchpoint([user('c-2'), { type: 'loyalty_id', value: '70015' }], {
      traits: { name: 'Äda "Quoted" 100%' },
    }),
    touchpoint([user('c-3'), email('adam@example.org')]),
    touchpoint([{ type: 'anonymous_id', value: 'adam-cookie' }]),
  ]);
});
afterAll(() => harness.close());

const search = (query: string, rest = '') =>
  harness.call('GET', `/v1/profiles?query=${encodeURIComponent(query)}${rest}`);
const foundBy = async (query: string): Promise<string[]> => {
  const { status, body } = await search(query);
  expect(status).toBe(200);
  return body.items
    .map(({ profile }: { profile: { identifiers: Identifier[] } }) => profile.identifiers[0]?.value)
    .toSorted();
};

describe('GET /v1/profiles?query=', () => {
  test.each([
    ['love', ['c-1']],
    ['LOVELACE', ['c-1']],
    ['ada@', ['c-1']],
    ['ada', ['c-1', 'c-3']],
    ['äda', ['c-2']],
    ['äda "quoted" 100%', ['c-2']],
    ['70015', ['c-2']],
    ['+49 (30) 123-4', ['c-1']],
    ['0049 30 12', ['c-1']],
    ['c-', ['c-1', 'c-2', 'c-3']],
    // Not what people are called, no person, and nothing that means more to the database.
    ['gold', []],
    ['adam-c', []],
    ['a%', []],
    ['__', []],
    ["';", []],
    ['\\', []],
  ])('finds by %s', async (query, values) => {
    expect(await foundBy(query)).toEqual(values);
  });

  test('answers each profile once, with what was found of it', async () => {
    const { body } = await search('ada', '&limit=1');
    expect(body.truncated).toBe(true);
    expect(body.items).toHaveLength(1);
    const all = (await search('ada')).body;
    expect(all.truncated).toBe(false);
    const ada = all.items.find(
      ({ profile }: { profile: { identifierCount: number } }) => profile.identifierCount === 3,
    );
    expect(ada.matches).toEqual([
      { kind: 'identifier', name: 'email', value: 'ada@example.org' },
      { kind: 'trait', name: 'firstName', value: 'Ada' },
    ]);
    expect(ada.profile.traits.plan.value).toBe('gold');
  });

  test('cuts what too many begin with, and says so', async () => {
    await harness.send(Array.from({ length: 205 }, (_, n) => touchpoint([user(`many-${n}`)])));
    const { body } = await search('many-', '&limit=100');
    expect(body.items).toHaveLength(100);
    expect(body.truncated).toBe(true);
  });

  test('reads indexes, whatever is stored', async () => {
    const plan = async (text: string): Promise<string> => {
      const client = await harness.pool.connect();
      try {
        await client.query('set enable_seqscan = off');
        const { rows } = await client.query<Record<string, string>>(`explain ${text}`);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      } finally {
        await client.query('reset enable_seqscan');
        client.release();
      }
    };
    expect(
      await plan(
        `select from identity.identifier where lower(value) ~>=~ 'a' and lower(value) ~<~ 'b'
         and (type in ('user_id', 'loyalty_id', 'email', 'phone') or starts_with(type, 'external.'))`,
      ),
    ).toContain('identifier_search');
    expect(
      await plan(
        `select from identity.trait where lower(left(value, 100)) ~>=~ 'a' and lower(left(value, 100)) ~<~ 'b'
         and kind = 'trait' and name in ('name', 'firstName', 'first_name', 'lastName', 'last_name')`,
      ),
    ).toContain('trait_search');
  });

  test('needs an admin key and two characters of text', async () => {
    expect((await search('a')).body).toEqual({ items: [], truncated: false });
    for (const query of ['', 'x'.repeat(101), 'a\u0000b']) expect((await search(query)).status).toBe(400);
    expect((await harness.call('GET', '/v1/profiles?query=ada', { key: 'read' })).status).toBe(403);
    expect((await harness.call('GET', '/v1/profiles')).body.code).toBe('invalid_parameter');
  });
});
