/** The limit of identifier pairs on every kind of route: nothing of a refused request is accepted. */
import { randomUUID } from 'node:crypto';
import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  // At once: the pairs of one item of 20 identifiers.
  server = await startIngestServer({ environment: { THROUGHLINE_KEY_PAIRS_PER_MINUTE: '1' } });
});

afterAll(async () => {
  await server.stop();
});

function item(identifiers: number): Record<string, unknown> {
  const values = Array.from({ length: identifiers }, () => ({
    type: 'email',
    value: `${randomUUID()}@lakeside.example`,
  }));
  return { type: 'page', id: randomUUID(), name: 'Home', identifiers: values };
}

test('a public key may send one item of many identifiers, then is refused on every route; others are not', async () => {
  const key = testKeys.write;
  const large = [item(20), item(20)];
  const tooLarge = await server.post('/v1/touchpoints', large, { key });
  expect(tooLarge).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  expect(Number(tooLarge.headers.get('retry-after'))).toBeGreaterThan(0);

  const first = item(20);
  expect((await server.post('/v1/touchpoints', first, { key })).json).toMatchObject({ accepted: 1 });
  const bad = { type: 'page', id: 'no identifier' };
  const refused = [
    await server.post('/v1/touchpoints', [item(3), item(4), bad], { key }),
    await server.post('/v1/page', item(4), { key }),
    await server.post('/v1/batch', { batch: [item(4), bad], writeKey: key }, { key: null }),
  ];
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const policies = answer.headers.get('ratelimit-policy');
    expect(policies).toContain('"key-identifier-pairs";q=1;qu="identifier-pairs";w=60');
    expect(answer.headers.get('ratelimit')).toMatch(/"key-identifier-pairs";r=0;t=\d+/);
  }

  const honest = Array.from({ length: 50 }, () => item(3));
  expect((await server.post('/v1/touchpoints', honest, { key })).json).toMatchObject({ accepted: 50 });
  expect((await server.post('/v1/touchpoints', large)).json).toMatchObject({ accepted: 2 });

  const expected = [first, ...honest, ...large].map(({ id }) => id);
  const records = await server.records(topics.touchpoints);
  const ids = records.map(({ touchpoint }) => touchpoint.id as unknown);
  expect(new Set(ids)).toEqual(new Set(expected));
  expect(ids).toHaveLength(expected.length);
  expect(await server.records(topics.rejected)).toEqual([]);
});
