import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

const shop = 'https://shop.example';
let open: IngestServer;
let listed: IngestServer;

beforeAll(async () => {
  open = await startIngestServer();
  listed = await startIngestServer({
    environment: {
      THROUGHLINE_SOURCES: JSON.stringify({ website: { allowedOrigins: [shop, 'http://localhost:3000'] } }),
    },
  });
});
afterAll(async () => {
  await open.stop();
  await listed.stop();
});

interface Grant {
  status: number;
  origin: string | null;
  credentials: string | null;
  vary: string | null;
}

function grantOf({ status, headers }: { status: number; headers: Headers }): Grant {
  return {
    status,
    origin: headers.get('access-control-allow-origin'),
    credentials: headers.get('access-control-allow-credentials'),
    vary: headers.get('vary'),
  };
}

/** What a browser asks before a beacon with JSON, whose credentials it cannot leave out. */
async function preflight(server: IngestServer, origin: string, path = '/v1/touchpoints'): Promise<Grant> {
  const answer = await fetch(`${server.url}${path}?writeKey=${testKeys.write}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  expect(answer.headers.get('access-control-allow-headers')).toBe('content-type');
  return grantOf(answer);
}

const beacon = async (server: IngestServer, origin: string, body: unknown): Promise<Grant> =>
  grantOf(
    await server.post(`/v1/touchpoints?writeKey=${testKeys.write}`, body, { key: null, headers: { origin } }),
  );

describe('without a list of origins', () => {
  test('every page may send, none with credentials', async () => {
    expect(await preflight(open, shop)).toMatchObject({ status: 204, origin: '*', credentials: null });
    const page = { type: 'page', anonymousId: 'a' };
    expect(await beacon(open, shop, page)).toMatchObject({ status: 200, origin: '*', credentials: null });
  });
});

describe('with a list of origins', () => {
  test.each([shop, 'http://localhost:3000'])('%s may send with credentials', async (origin) => {
    const granted = { origin, credentials: 'true' };
    expect(await preflight(listed, origin)).toMatchObject({ status: 204, ...granted });
    expect(await preflight(listed, origin, '/v1/b')).toMatchObject({ status: 204, ...granted });
    expect(await beacon(listed, origin, { type: 'page', anonymousId: 'a' })).toEqual({
      status: 200,
      ...granted,
      vary: 'Origin',
    });
    expect(await beacon(listed, origin, '')).toMatchObject({ status: 400, ...granted });
  });

  test.each(['https://shop.example.evil.example', 'https://evil.example', 'null', 'http://shop.example'])(
    '%s may read no answer',
    async (origin) => {
      expect(await preflight(listed, origin)).toMatchObject({ origin: null, credentials: null });
      expect(await beacon(listed, origin, { type: 'page', anonymousId: 'a' })).toMatchObject({
        origin: null,
        credentials: null,
        vary: 'Origin',
      });
    },
  );
});

test('refusals and unknown paths can be read by the page, routes of operators cannot', async () => {
  const headers = { origin: shop };
  const unauthorized = await open.post('/v1/track', {}, { key: null, headers });
  expect(grantOf(unauthorized)).toMatchObject({ status: 401, origin: '*' });
  expect(grantOf(await open.post('/v1/none', {}, { headers }))).toMatchObject({ status: 404, origin: '*' });
  const rejected = await fetch(`${open.url}/v1/rejected`, { headers });
  expect(grantOf(rejected)).toMatchObject({ status: 401, origin: null });
});
