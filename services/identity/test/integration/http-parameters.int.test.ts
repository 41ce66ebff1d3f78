import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
  await harness.send([touchpoint([user('params')], { id: 'params-1' })]);
});
afterAll(() => harness.close());

const smallest = '00000000-0000-0000-0000-000000000000';
const largest = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Things that are no instants to a database, though some look like ones. */
const badInstants = [
  '2025-02-29T12:00:00.000Z',
  '2026-04-31T00:00:00.000Z',
  '0000-06-01T00:00:00.000Z',
  '10000-01-01T00:00:00.000Z',
  '+012345-01-01T00:00:00.000Z',
  '-000003-01-01T00:00:00.000Z',
  '2026-06-01T24:30:00.000Z',
  '2026-06-01T12:59:61.000Z',
  '9999-12-31T23:00:00-05:00',
  '2026-06-01T12:00:00+99:99',
  'today',
  '-infinity',
];
const hostileTexts = [
  '',
  '\u0000',
  "x'; drop table identity.link; --",
  '$1',
  '__proto__',
  'null',
  '{}',
  '\ud800',
  '\u202e\u200b',
  '\r\nX-Injected: 1',
  '%00',
  'y'.repeat(3_000),
  '9'.repeat(40),
  '-5',
  '1e3',
];

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
const forgedCursors = [
  ...badInstants.map((at) => base64(`${at} ${smallest}`)),
  ...[
    '2026-03-01T10:00:00.000Z',
    `2026-03-01T10:00:00.000Z ${largest} 1`,
    largest,
    `${largest} ${largest} ${largest} x`,
  ].map(base64),
  ...['[]', 'null', '{"at":1}', `["2026-03-01T10:00:00.000Z","${largest}"]`].map(base64),
  '=',
  '....',
  'A',
];

const routes = [
  { path: '/v1/profiles/user_id:params', parameters: {} },
  {
    path: '/v1/profiles/user_id:params/touchpoints',
    parameters: { limit: 'x', cursor: 'c', from: 'i', to: 'i', name: 't', channel: 't' },
  },
  { path: '/v1/profiles/user_id:params/links', parameters: { limit: 'x', cursor: 'c' } },
  { path: '/v1/touchpoints/params-1', parameters: { source: 't' } },
  { path: '/v1/identity/decisions', parameters: { limit: 'x', cursor: 'c' } },
  { path: `/v1/identity/decisions/${smallest}`, parameters: {} },
  { path: '/v1/freshness', parameters: {} },
];
const cases = routes.flatMap(({ path, parameters }) =>
  Object.entries(parameters).map(([name, kind]) => ({ path, name, kind })),
);

async function statusOf(path: string): Promise<number> {
  const { status, body } = await harness.call('GET', path);
  if (status >= 400) expect(body.code, path).toEqual(expect.any(String));
  return status;
}

describe('parameters', () => {
  test.each(cases)('$path refuses every unusable $name', async ({ path, name, kind }) => {
    const withValue = (value: string): string =>
      `${path}?${name}=${encodeURIComponent(value.toWellFormed())}`;
    for (const value of hostileTexts) {
      const status = await statusOf(withValue(value));
      if (kind === 't') expect([200, 400, 404], value).toContain(status);
      else expect(status, value).toBe(400);
    }
    if (kind === 'c')
      for (const cursor of forgedCursors) expect(await statusOf(withValue(cursor)), cursor).toBe(400);
    if (kind === 'i') for (const at of badInstants) expect(await statusOf(withValue(at)), at).toBe(400);
    expect(await statusOf(`${path}?${name}=1&${name}=2`)).toBe(400);
    expect(await statusOf(`${path}?${name}[]=1`)).toBe(400);
  });

  test.each(routes)('$path refuses parameters that it does not have', async ({ path }) => {
    for (const name of ['unknown', '__proto__', 'constructor', 'toString']) {
      expect(await statusOf(`${path}?${name}=1`), name).toBe(400);
    }
  });

  test.each([
    '/v1/profiles/',
    '/v1/profiles/email:',
    '/v1/profiles/external.',
    '/v1/touchpoints/',
    '/v1/identity/decisions/',
  ])('%s answers every path with 400 or 404', async (path) => {
    for (const value of hostileTexts.filter((text) => text !== '')) {
      const rest = encodeURIComponent(value.toWellFormed());
      expect([400, 404, 414], rest).toContain(await statusOf(`${path}${rest}`));
    }
  });

  test('a body with unusable values is refused, and every answer of a lookup is null', async () => {
    const { status, body } = await harness.call('POST', '/v1/profiles/lookup', {
      body: { refs: hostileTexts },
    });
    expect(status).toBe(200);
    for (const answer of Object.values(body.profiles)) expect(answer).toBeNull();
    for (const wrong of [null, 1, [], {}, { refs: 'x' }, { refs: [1] }, { refs: [], more: 1 }]) {
      const answer = await harness.call('POST', '/v1/profiles/lookup', { body: wrong });
      expect(answer.status, JSON.stringify(wrong)).toBe(400);
    }
    for (const value of hostileTexts) {
      const answer = await harness.call('POST', '/v1/identity/decisions', {
        body: { kind: 'merge', refs: [value, 'user_id:params'] },
      });
      expect([400, 404], value).toContain(answer.status);
    }
  });
});
