import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

let counter = 0;
const item = (changes: object = {}) => ({
  type: 'track',
  event: 'Seen',
  userId: 'u1',
  messageId: `m${counter++}`,
  ...changes,
});
const routes = ['/v1/touchpoints', '/v1/batch'] as const;
const wrap = (path: string, items: string): string =>
  path === '/v1/batch' ? `{"batch":[${items}]}` : `[${items}]`;
const plain = JSON.stringify({ type: 'track', event: 'Seen', userId: 'u1' });

describe.each(routes)('a request to %s', (path) => {
  const send = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    server.post(path, body, { raw: true, headers });

  test.each([
    ['with a trailing comma', wrap(path, `${plain},`), 'malformed_json'],
    ['with NaN', wrap(path, '{"a":NaN}'), 'malformed_json'],
    ['with a comment', wrap(path, `${plain}/* no */`), 'malformed_json'],
    ['in UTF-16', Buffer.from(wrap(path, plain), 'utf16le'), 'malformed_json'],
    [
      'with a byte FF',
      Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xff]), Buffer.from('"}]')]),
      'malformed_json',
    ],
    [
      'with overlong UTF-8',
      Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}]')]),
      'malformed_json',
    ],
    ['that is empty', '', 'empty_body'],
    ['that is blank', '  \n', 'empty_body'],
    ['that is cut off', wrap(path, plain).slice(0, -1), 'malformed_json'],
    ['null', 'null', 'malformed_request'],
    ['a number', '1', 'malformed_request'],
    ['a string', '"x"', 'malformed_request'],
    ['an empty array', '[]', 'malformed_request'],
    ['5,001 brackets deep', wrap(path, `{"a":${'['.repeat(5_001)}${']'.repeat(5_001)}}`), 'nesting_too_deep'],
    ['5,000 objects deep', wrap(path, `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`), 'nesting_too_deep'],
    ['100,000 brackets', '['.repeat(100_000), 'nesting_too_deep'],
  ])('%s is a 400', async (_name, body, code) => {
    const answer = await send(body);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ status: 400, code });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('with a byte order mark, with duplicate keys, in any order, is read', async () => {
    expect((await send(`\ufeff${wrap(path, plain)}`)).status).toBe(200);
    const twice = `{"type":"track","event":"first","event":"Last wins","userId":"dup","messageId":"dup-${path}"}`;
    expect((await send(wrap(path, twice))).status).toBe(200);
    const records = await server.records(topics.touchpoints);
    expect(records.find(({ touchpoint }) => touchpoint.id === `dup-${path}`).touchpoint.name).toBe(
      'Last wins',
    );
  });

  test('is inflated, from gzip, deflate and br, up to its limit', async () => {
    const body = wrap(path, plain);
    const encoded: [string, Buffer][] = [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['deflate', deflateRawSync(body)],
      ['br', brotliCompressSync(body)],
    ];
    for (const [encoding, bytes] of encoded) {
      expect((await send(bytes, { 'content-encoding': encoding })).status).toBe(200);
      const bomb = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }[encoding as 'gzip'];
      const swollen = bomb(wrap(path, `{"a":"${'x'.repeat(600_000)}"}`));
      expect(swollen.length).toBeLessThan(5_000);
      expect(await send(swollen, { 'content-encoding': encoding })).toMatchObject({ status: 413 });
    }
    const cut = gzipSync(body).subarray(0, 30);
    expect(await send(cut, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      json: { code: 'malformed_request' },
    });
    expect(await send(body, { 'content-encoding': 'zstd-x' })).toMatchObject({
      status: 415,
      json: { code: 'unsupported_media_type' },
    });
  });

  test('is at most 512 KiB and 2,500 items', async () => {
    const large = await send(wrap(path, `{"a":"${'x'.repeat(600_000)}"}`));
    expect(large).toMatchObject({ status: 413, json: { code: 'payload_too_large' } });
    const many = await send(wrap(path, Array.from({ length: 2_501 }, () => '{}').join()));
    expect(many).toMatchObject({ status: 413, json: { code: 'too_many_items' } });
  });

  test.each([
    ['forbidden_key', '"properties":{"__proto__":{"x":1}}'],
    ['forbidden_key', '"properties":{"\\u005f\\u005fproto__":{}}'],
    ['forbidden_key', '"constructor":{"prototype":{}}'],
    ['nesting_too_deep', `"a":${'['.repeat(64)}${']'.repeat(64)}`],
    ['nesting_too_deep', `${'"a":{'.repeat(4_990)}${'}'.repeat(4_990)}`],
    ['too_many_keys', Array.from({ length: 5_001 }, (_, index) => `"k${index}":1`).join()],
  ])('rejects an item with %s alone, and keeps it as it was sent: %#', async (code, fields) => {
    const id = `alone-${counter++}`;
    const hostile = `{"messageId":"${id}",${fields}}`;
    const good = item({ messageId: `beside-${id}` });
    const answer = await send(wrap(path, `${hostile},${JSON.stringify(good)}`));
    expect(answer.status).toBe(200);
    expect(answer.json.rejected).toMatchObject([{ index: 0, id, code, field: '' }]);
    const kept = (await server.records(topics.rejected)).find((record) => record.id === id);
    expect(kept.body).toBe(hostile.replaceAll('\\u005f', '_'));
    const ids = (await server.records(topics.touchpoints)).map(({ touchpoint }) => touchpoint.id);
    expect(ids).toContain(`beside-${id}`);
  });

  test('keeps what is valid and answers what is not by index, id, code, field and message', async () => {
    const items = [
      item({ messageId: `good-1-${path}` }),
      item({ messageId: `bad-1-${path}`, timestamp: '2026-02-30T00:00:00Z' }),
      'not an object',
      item({ messageId: `good-2-${path}` }),
      item({ messageId: `bad-2-${path}`, properties: { note: 'x'.repeat(40_000) } }),
    ];
    const answer = await server.post(path, path === '/v1/batch' ? { batch: items } : items);
    expect(answer.status).toBe(200);
    expect(answer.json.rejected).toMatchObject([
      { index: 1, id: `bad-1-${path}`, code: 'invalid_time', field: 'timestamp' },
      { index: 2, id: null, code: 'item_not_object', field: '' },
      { index: 4, id: `bad-2-${path}`, code: 'property_too_large', field: 'properties.note' },
    ]);
    if (path === '/v1/batch') expect(answer.json.success).toBe(true);
    else expect(answer.json.accepted).toBe(2);
    const ids = (await server.records(topics.touchpoints)).map(({ touchpoint }) => touchpoint.id);
    expect(ids).toEqual(expect.arrayContaining([`good-1-${path}`, `good-2-${path}`]));
    expect(ids).not.toContain(`bad-1-${path}`);
  });
});

describe('a value', () => {
  test.each(['1e400', '-1e100000', '9007199254740993'])(
    '%s is rejected, and kept as it was sent',
    async (digits) => {
      const id = `number-${digits}`;
      const text = `{"type":"track","event":"E","userId":"u","messageId":"${id}","properties":{"v":${digits}}}`;
      const answer = await server.post('/v1/touchpoints', `[${plain},${text}]`, { raw: true });
      expect(answer.json).toMatchObject({
        accepted: 1,
        rejected: [{ index: 1, id, code: 'invalid_number', field: 'properties.v' }],
      });
      const kept = (await server.records(topics.rejected)).find((record) => record.id === id);
      expect(kept.body).toBe(text);
    },
  );

  test('comes through exactly, naughty or not', async () => {
    const path = new URL('naughty-strings.json', import.meta.url);
    const texts = JSON.parse(readFileSync(path, 'utf8')) as string[];
    const answer = await server.post(
      '/v1/touchpoints',
      item({ messageId: 'naughty', properties: { texts } }),
    );
    expect(answer.json).toMatchObject({ accepted: 1, rejected: [] });
    const records = await server.records(topics.touchpoints);
    const { touchpoint } = records.find((record) => record.touchpoint.id === 'naughty');
    expect(touchpoint.properties.texts).toEqual(texts);
    expect(touchpoint.warnings).toBeUndefined();
  });
});

describe('the log record', () => {
  test('carries the trust and source of the key, a hash blind to delivery, and the request id', async () => {
    const body = item({ messageId: 'retried', properties: { b: 1, a: 2 } });
    await server.post('/v1/track', { ...body, sentAt: '2026-11-21T12:00:00Z' }, { key: testKeys.write });
    const retried = { _metadata: { retryCount: 1 }, ...body, properties: { a: 2, b: 1 }, sentAt: null };
    const answer = await server.post('/v1/track', retried, { key: testKeys.write });
    await server.post('/v1/track', { ...body, properties: { a: 3 } }, { key: testKeys.server });
    const records = (await server.records(topics.touchpoints)).filter(
      (record) => record.touchpoint.id === 'retried',
    );
    expect(records.map(({ trust, touchpoint }) => [trust, touchpoint.source])).toEqual([
      ['public', 'website'],
      ['public', 'website'],
      ['server', 'server'],
    ]);
    expect(records[0].bodyHash).toBe(records[1].bodyHash);
    expect(records[0].bodyHash).not.toBe(records[2].bodyHash);
    expect(records[1].requestId).toBe(answer.headers.get('x-request-id'));
  });
});

describe('newline delimited JSON', () => {
  const send = (body: string, type = 'application/x-ndjson') =>
    server.post('/v1/touchpoints', body, { raw: true, headers: { 'content-type': type } });

  test('is taken line by line, and a bad line costs no other', async () => {
    const lines = [JSON.stringify(item()), '', '{"type":', JSON.stringify(item()), '5'];
    const answer = await send(`\ufeff${lines.join('\r\n')}`);
    expect(answer.json).toMatchObject({
      accepted: 2,
      rejected: [
        { index: 1, code: 'malformed_line' },
        { index: 3, code: 'item_not_object' },
      ],
    });
    const kept = (await server.records(topics.rejected)).find(({ code }) => code === 'malformed_line');
    expect(kept.bodyEncoding).toBe('base64');
    expect(Buffer.from(kept.body, 'base64').toString()).toBe('{"type":\r');
  });

  test('without a line is empty, and with too many too many', async () => {
    expect(await send('\n\n')).toMatchObject({ status: 400, json: { code: 'empty_body' } });
    expect(await send('{}\n'.repeat(2_501))).toMatchObject({ status: 413 });
  });
});

describe('the rejected store', () => {
  test('lists, filters and pages what was rejected, and shows its text', async () => {
    const ids = ['r1', 'r2', 'r3'];
    await server.post(
      '/v1/touchpoints',
      ids.map((id) => item({ messageId: id, type: 'paged' })),
    );
    await until(async () => (await server.get('/v1/rejected?code=unknown_type')).json.items.length >= 3);
    const first = await server.get('/v1/rejected?code=unknown_type&limit=2');
    expect(first.json.items).toHaveLength(2);
    const second = await server.get(`/v1/rejected?code=unknown_type&limit=2&cursor=${first.json.nextCursor}`);
    const seen = [...first.json.items, ...second.json.items];
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(ids));
    expect(second.json.nextCursor).toBeNull();
    const { rejectionId } = seen[0];
    const one = await server.get(`/v1/rejected/${rejectionId}`);
    expect(JSON.parse(one.json.body)).toMatchObject({ messageId: seen[0].id, type: 'paged' });
    expect((await server.get('/v1/rejected?from=2100-01-01T00:00:00Z')).json.items).toEqual([]);
    expect((await server.get('/v1/rejected?source=unknown')).json.items).toEqual([]);
  });

  test('answers wrong parameters and unknown ids by name', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'from=yesterday', 'cursor=abc', 'codes=x']) {
      const answer = await server.get(`/v1/rejected?${query}`);
      expect(answer).toMatchObject({
        status: 400,
        json: { code: 'invalid_parameter', field: query.split('=')[0] },
      });
    }
    expect(await server.get('/v1/rejected/nonsense')).toMatchObject({ status: 400 });
    const times = [
      '0000-05-01T00:00:00Z',
      '0001-01-01T00:00:00+13:30',
      '9999-12-31T23:30:00-12:00',
      '1899-12-31T23:59:59Z',
    ];
    for (const time of times) {
      const cursor = Buffer.from(`${time} 00000000-0000-4000-8000-000000000000`).toString('base64url');
      const queries = [
        `from=${encodeURIComponent(time)}`,
        `to=${encodeURIComponent(time)}`,
        `cursor=${cursor}`,
      ];
      for (const query of queries) {
        expect(await server.get(`/v1/rejected?${query}`), query).toMatchObject({ status: 400 });
      }
    }
    expect(await server.get('/v1/rejected?to=9999-12-31T23:59:59.999Z')).toMatchObject({ status: 200 });
    expect(await server.get('/v1/rejected/00000000-0000-4000-8000-000000000000')).toMatchObject({
      status: 404,
      json: { code: 'rejection_not_found' },
    });
  });

  test('opens to the admin key only', async () => {
    for (const path of ['/v1/rejected', '/v1/rejected/00000000-0000-4000-8000-000000000000']) {
      for (const key of [testKeys.write, testKeys.server, testKeys.read]) {
        expect(await server.get(path, key)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      }
      expect(await server.get(path, 'unknown')).toMatchObject({ status: 401 });
    }
  });

  test('decides an item again as of its first receipt, and says so when it is still not valid', async () => {
    const before = Date.now();
    await server.post('/v1/page', { anonymousId: '', messageId: 'again' }, { key: testKeys.write });
    const find = async () =>
      (await server.get('/v1/rejected')).json.items.find(({ id }: { id: string }) => id === 'again');
    await until(async () => (await find()) !== undefined);
    const { rejectionId, receivedAt } = await find();
    const replay = () => server.post(`/v1/rejected/${rejectionId}/replay`, {}, { key: testKeys.admin });
    expect((await replay()).json).toMatchObject({ accepted: 0, rejected: [{ code: 'missing_identifier' }] });
    // It is stored already: refused again, it is not stored a second time.
    const stored = (await server.records(topics.rejected)).filter(({ id }) => id === 'again');
    expect(stored).toHaveLength(1);

    // What an operator's correction of the rules would do: the stored text is valid now.
    const body = JSON.stringify({ anonymousId: 'visitor', messageId: 'again' });
    await server.pool.query('update ingest.rejected_touchpoint set body = $1 where rejection_id = $2', [
      body,
      rejectionId,
    ]);
    expect((await replay()).json).toEqual({ accepted: 1, rejected: [] });
    const record = (await server.records(topics.touchpoints)).find(
      ({ touchpoint }) => touchpoint.id === 'again',
    );
    expect(record).toMatchObject({
      trust: 'public',
      touchpoint: { type: 'page', source: 'website', receivedAt },
    });
    expect(Date.parse(receivedAt)).toBeGreaterThanOrEqual(before);
    expect((await server.get(`/v1/rejected/${rejectionId}`)).json.replayedAt).not.toBeNull();
  });
});
