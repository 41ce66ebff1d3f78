import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  const privacy = {
    honor: ['gpc'],
    requireConsent: ['Analytics'],
    drop: ['properties.note'],
    hash: { fields: ['traits.email'], secret: 'a-secret-of-more-than-thirty-two-characters' },
  };
  server = await startIngestServer({
    environment: { THROUGHLINE_SOURCES: JSON.stringify({ website: { privacy } }) },
  });
});
afterAll(() => server.stop());

const consent = { categoryPreferences: { Analytics: true } };
const item = (messageId: string, changes: object = {}) => ({
  event: 'Seen',
  anonymousId: 'visitor',
  messageId,
  properties: { note: 'secret note', shown: 1 },
  context: { consent, ip: '203.0.113.77' },
  ...changes,
});
const send = (body: object, headers: Record<string, string> = {}) =>
  server.post('/v1/track', body, { key: testKeys.write, headers });
const acceptedOf = async (id: string) =>
  (await server.records(topics.touchpoints)).find(({ touchpoint }) => touchpoint.id === id)?.touchpoint;
const rejectedOf = async (id: string) =>
  (await server.records(topics.rejected)).find((record) => record.id === id);

test('what the source drops, hashes and cuts leaves no trace, in the log or among the rejects', async () => {
  await send(
    item('kept', { context: { consent, ip: '203.0.113.77', traits: { email: 'ada@example.org' } } }),
  );
  await send(item('bad', { timestamp: 'never' }));
  const touchpoint = await acceptedOf('kept');
  expect(touchpoint).toMatchObject({ properties: { shown: 1 }, context: { ip: '203.0.113.0' } });
  expect(touchpoint.properties.note).toBeUndefined();
  const rejected = await rejectedOf('bad');
  expect(JSON.parse(rejected.body)).toMatchObject({
    messageId: 'bad',
    timestamp: 'never',
    context: { ip: '203.0.113.0' },
  });
  expect(rejected.body).not.toContain('secret note');
});

test('an item whose exact number is kept with it is redacted too', async () => {
  const text = JSON.stringify(item('exact')).replace('"shown":1', '"shown":1e400');
  await server.post('/v1/track', text, { key: testKeys.write, raw: true });
  const { code, body } = await rejectedOf('exact');
  expect(code).toBe('invalid_number');
  expect(body).toContain('"shown":1e400');
  expect(body).not.toMatch(/secret note|113\.77/);
});

test('a signal of the browser is carried, or refuses the item and leaves its id', async () => {
  await send(item('dnt'), { dnt: '1' });
  expect((await acceptedOf('dnt')).context).toMatchObject({ doNotTrack: true });
  const answer = await send(item('gpc'), { 'sec-gpc': '1' });
  expect(answer.json).toMatchObject({ success: true, rejected: [{ id: 'gpc', code: 'consent_refused' }] });
  expect(JSON.parse((await rejectedOf('gpc')).body)).toEqual({ messageId: 'gpc' });
  expect(await acceptedOf('gpc')).toBeUndefined();
});

test('an item without the consent that the source requires is refused', async () => {
  const answer = await send(item('no-consent', { context: {} }));
  expect(answer.json.rejected).toMatchObject([{ code: 'consent_refused', field: 'context.consent' }]);
  expect(await rejectedOf('no-consent')).toMatchObject({ body: '{"messageId":"no-consent"}' });
});

test('other sources keep their own settings', async () => {
  const plain = { event: 'Seen', userId: 'u', messageId: 'server', properties: { note: 'x' } };
  expect((await server.post('/v1/track', plain, { headers: { 'sec-gpc': '1' } })).json.rejected).toEqual([]);
  expect((await acceptedOf('server')).properties).toEqual({ note: 'x' });
});

test('what bots send is accepted with a warning', async () => {
  const userAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
  await send(item('bot'), { 'user-agent': userAgent });
  expect((await acceptedOf('bot')).warnings).toEqual(['bot']);
  await send(item('person'), {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0',
  });
  expect((await acceptedOf('person')).warnings).toBeUndefined();
});

test('a rejected event of another protocol is kept in our form where something is taken out, and decided again so', async () => {
  const event = { e: 'se', se_ac: 'add', eid: 'sp', duid: 'd', ip: '203.0.113.77', aid: testKeys.write };
  const answer = await server.post('/com.snowplowanalytics.snowplow/tp2', { data: [event] }, { key: null });
  expect(answer.json.rejected).toMatchObject([{ id: 'sp', code: 'consent_refused' }]);
  const server2 = await startIngestServer();
  try {
    const bad = { ...event, duid: '' };
    await server2.post('/com.snowplowanalytics.snowplow/tp2', { data: [bad] }, { key: null });
    const find = async () => (await server2.get('/v1/rejected')).json.items[0];
    await until(async () => (await find()) !== undefined);
    const { rejectionId, route } = await find();
    expect(route).toBe('/com.snowplowanalytics.snowplow/tp2#mapped');
    const stored = JSON.parse((await server2.get(`/v1/rejected/${rejectionId}`)).json.body);
    expect(stored).toMatchObject({ event: 'add', context: { ip: '203.0.113.0' } });
    await server2.pool.query('update ingest.rejected_touchpoint set body = $1', [
      JSON.stringify({ ...stored, anonymousId: 'd' }),
    ]);
    const again = await server2.post(`/v1/rejected/${rejectionId}/replay`, {}, { key: testKeys.admin });
    expect(again.json).toEqual({ accepted: 1, rejected: [] });
  } finally {
    await server2.stop();
  }
});
