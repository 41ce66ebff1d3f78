import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ErasedCopiesQuestion, type Identifier, topics } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

/** Stands where ingest would answer. */
let ingest: Server;
let asked: { path: string; question: ErasedCopiesQuestion }[] = [];
let isIngestUp = true;
let harness: HttpHarness;
let resolved: string[];

beforeAll(async () => {
  ingest = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.push({
        path: request.url ?? '',
        question: JSON.parse(Buffer.concat(parts).toString()) as ErasedCopiesQuestion,
      });
      response.writeHead(isIngestUp ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ rejections: [], deadLetters: 0, next: null }));
    });
  }).listen(0, '127.0.0.1');
  await once(ingest, 'listening');
  const { port } = ingest.address() as AddressInfo;
  harness = await startHttpHarness({ ingestUrl: `http://127.0.0.1:${port}` });
  resolved = await harness.follow(topics.resolved);
});
afterAll(async () => {
  await harness.close();
  ingest.close();
});

const email = (value: string): Identifier => ({ type: 'email', value });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const idOf = ({ type, value }: Identifier): string => harness.ids.identifierId(type, value);
const profileIdOf = async (ref: string): Promise<string> => (await harness.profile(ref)).body.id;
const erase = async (ref: string, query = ''): Promise<Answer> =>
  await harness.call('DELETE', `/v1/profiles/${await profileIdOf(ref)}${query}`);

async function done(id: string): Promise<Answer['body']> {
  let body: Answer['body'] = null;
  await poll(async () => {
    ({ body } = await harness.call('GET', `/v1/erasures/${id}`));
    return body.state === 'done';
  });
  return body;
}

async function eraseWhole(ref: string, query = '?includePublic=true'): Promise<Answer['body']> {
  const { status, body } = await erase(ref, query);
  expect(status).toBe(202);
  return await done(body.id);
}

describe('DELETE /v1/profiles/{id}', () => {
  test('drops the touchpoints of the person, and says what was removed and what expires', async () => {
    await harness.send([
      touchpoint([user('ann'), email('ann@example.org')], { id: 'ann-1', traits: { nickname: 'annie' } }),
      touchpoint([cookie('ann-cookie'), user('ann')], { id: 'ann-2' }),
      touchpoint([user('bob')], { id: 'bob-1' }),
    ]);
    const { status, body } = await erase('user_id:ann', '?author=Eve');
    expect(status).toBe(202);
    expect(body).toMatchObject({
      profile: idOf(user('ann')),
      requestedBy: { author: 'Eve' },
      extent: { count: 3 },
      unconfirmed: { count: 0, items: [] },
      suppression: null,
    });
    const finished = await done(body.id);
    expect(finished).toMatchObject({
      removed: { touchpointsDropped: 2, touchpointsStruck: 0, historyEntries: 4 },
      failure: null,
    });
    expect(finished.extent.items.map(({ value }: Identifier) => value)).toEqual(['', '', '']);
    expect(finished.expires.length).toBeGreaterThan(3);
    expect(finished.metrics).toEqual({ state: 'unavailable', message: 'metrics cannot be reached' });
    for (const ref of ['user_id:ann', 'email:ann@example.org', 'anonymous_id:ann-cookie']) {
      expect((await harness.profile(ref)).status).toBe(404);
    }
    expect((await harness.profile('user_id:bob')).body.touchpointCount).toBe(1);
    const trace = await harness.call('GET', '/v1/touchpoints/ann-1?source=server');
    expect(trace.body).toMatchObject({
      state: 'erased',
      id: 'ann-1',
      key: harness.ids.touchpointKey('server', 'ann-1'),
    });
    expect(Object.keys(trace.body)).toEqual(['state', 'id', 'key', 'freshness']);
    const { rows } = await harness.pool.query("select * from identity.trait where name = 'nickname'");
    expect(rows).toEqual([]);
    expect(asked.at(-1)).toMatchObject({
      path: `/v1/erasures/${body.id}/copies`,
      question: { at: body.at, cursor: null, wanted: expect.arrayContaining(['ann', 'ann@example.org']) },
    });
  });

  test('publishes which touchpoints and identifiers it took, by their keys', async () => {
    await harness.send([touchpoint([user('pat')], { id: 'pat-1' })]);
    const { id } = await eraseWhole('user_id:pat');
    const keys = [harness.ids.touchpointKey('server', 'pat-1')];
    // Its membership is published with the erasure as the reason, and before: only records of the erasure itself are looked at.
    const ownRecords = () =>
      resolved
        .map((record) => JSON.parse(record))
        .filter(({ kind, erasure }) => kind === 'profile.erased' && erasure === id);
    await poll(() => Promise.resolve(ownRecords().some(({ identifiers }) => identifiers.length > 0)));
    const own = ownRecords();
    expect(own.flatMap(({ touchpoints }) => touchpoints)).toEqual(keys);
    expect(own.flatMap(({ identifiers }) => identifiers)).toEqual([idOf(user('pat'))]);
  });

  test('strikes the identifiers of the person out of the touchpoints of others', async () => {
    await harness.send([
      touchpoint([user('dan'), email('dan@example.org')], { id: 'dan-1' }),
      // A public one cannot join two people that a server vouches for.
      touchpoint([user('kim'), email('kim@example.org')], { id: 'kim-1' }),
      touchpoint([user('dan'), email('kim@example.org')], {
        id: 'dan-2',
        trust: 'public',
        traits: { email: 'Kim@Example.org', city: 'Oslo' },
        properties: { referrer: 'kim@example.org', total: 3 },
      }),
    ]);
    const finished = await eraseWhole('user_id:kim');
    expect(finished.removed).toMatchObject({ touchpointsDropped: 1, touchpointsStruck: 1 });
    const { body } = await harness.profile('user_id:dan', '/touchpoints');
    expect(body.items).toHaveLength(2);
    const struck = body.items.find(({ id }: { id: string }) => id === 'dan-2');
    expect(struck).toMatchObject({
      identifiers: [user('dan')],
      traits: { city: 'Oslo' },
      properties: { total: 3 },
    });
    expect(JSON.stringify(body).toLowerCase()).not.toContain('kim@');
    const profile = await harness.profile('user_id:dan');
    expect(Object.keys(profile.body.traits)).toEqual(['city']);
    expect((await harness.profile('email:kim@example.org')).status).toBe(404);
  });

  test('takes late touchpoints and copies of what occurred before it, and none of a new beginning', async () => {
    const first = touchpoint([user('lea'), email('lea@example.org')], { id: 'lea-1' });
    await harness.send([first]);
    await eraseWhole('user_id:lea');
    await harness.send([
      first,
      touchpoint([user('lea'), cookie('lea-late')], { id: 'lea-2' }),
      touchpoint([user('mia'), email('lea@example.org')], { id: 'mia-1' }),
    ]);
    expect((await harness.profile('user_id:lea')).status).toBe(404);
    expect((await harness.profile('anonymous_id:lea-late')).status).toBe(404);
    const { body } = await harness.profile('user_id:mia', '/touchpoints');
    expect(body.items.map(({ identifiers }: { identifiers: Identifier[] }) => identifiers)).toEqual([
      [user('mia')],
    ]);
    const { rows } = await harness.pool.query<{ value: string }>('select value from identity.identifier');
    expect(rows.filter(({ value }) => value.startsWith('lea'))).toEqual([]);

    const later = { occurredAt: '2100-01-01T00:00:00.000Z', receivedAt: '2100-01-01T00:00:00.000Z' };
    await harness.send([touchpoint([user('lea'), email('lea@example.org')], { id: 'lea-3', ...later })]);
    const again = await harness.profile('user_id:lea');
    expect(again.body).toMatchObject({ touchpointCount: 1 });
    expect(again.body.identifiers.map(({ value }: Identifier) => value)).toEqual(['lea', 'lea@example.org']);
  });

  test('joins no people: a shared address stays shared when those who shared it go', async () => {
    const shared = email('family@example.org');
    const people = Array.from({ length: 7 }, (_, n) => user(`member-${n}`));
    await harness.send(people.map((person) => touchpoint([person, shared])));
    for (const { value } of people.slice(0, 5)) await eraseWhole(`user_id:${value}`);
    const ids = await Promise.all(people.slice(5).map(({ value }) => profileIdOf(`user_id:${value}`)));
    expect(new Set(ids).size).toBe(2);
    const [link] = (await harness.profile('user_id:member-6', '/links')).body.items;
    expect(link.refused).toBe('shared');
  });

  test('ends the decisions that name the person, with their notes', async () => {
    await harness.send([touchpoint([user('ola')]), touchpoint([user('pia')]), touchpoint([user('quy')])]);
    const decide = (body: object) => harness.call('POST', '/v1/identity/decisions', { body });
    await decide({ kind: 'merge', refs: ['user_id:ola', 'user_id:pia'], note: 'ola is pia', author: 'Eve' });
    await decide({ kind: 'split', sides: [['user_id:ola'], ['user_id:quy']], note: 'ola is not quy' });
    const finished = await eraseWhole(
      (await profileIdOf('user_id:ola')) === idOf(user('ola')) ? 'user_id:ola' : 'user_id:pia',
    );
    expect(finished.removed.decisions).toBe(2);
    const { body } = await harness.call('GET', '/v1/identity/decisions');
    expect(JSON.stringify(body)).not.toContain('ola is');
    expect((await harness.profile('user_id:pia')).status).toBe(404);
    expect((await harness.profile('user_id:quy')).status).toBe(200);
  });

  test('leaves what is linked by public evidence alone until it is confirmed', async () => {
    await harness.send([
      touchpoint([user('rob'), email('rob@example.org')], { id: 'rob-1' }),
      touchpoint([cookie('rob-web'), user('rob')], { id: 'rob-2', trust: 'public' }),
      touchpoint([cookie('rob-web')], { id: 'rob-3', trust: 'public' }),
    ]);
    const { body } = await erase('user_id:rob');
    expect(body.extent.count).toBe(2);
    expect(body.unconfirmed.items).toEqual([{ id: idOf(cookie('rob-web')), ...cookie('rob-web') }]);
    await done(body.id);
    expect((await harness.profile('user_id:rob')).status).toBe(404);
    const left = await harness.profile('anonymous_id:rob-web');
    expect(left.body).toMatchObject({ touchpointCount: 1 });
    const confirmed = await harness.call('POST', `/v1/erasures/${body.id}/confirm`, {
      body: { identifiers: 'all' },
    });
    expect(confirmed.status).toBe(202);
    expect(confirmed.body).toMatchObject({ follows: body.id, extent: { count: 1 } });
    await done(confirmed.body.id);
    expect((await harness.profile('anonymous_id:rob-web')).status).toBe(404);
    expect((await done(body.id)).unconfirmed).toEqual({ count: 0, items: [] });
    const again = await harness.call('POST', `/v1/erasures/${body.id}/confirm`, {
      body: { identifiers: 'all' },
    });
    expect(again).toMatchObject({ status: 400, body: { code: 'invalid_parameter' } });
  });

  test('keeps a suppressed person out until that is lifted', async () => {
    const at = (time: string) => ({ occurredAt: time, receivedAt: time });
    await harness.send([touchpoint([user('sue'), email('sue@example.org')], { id: 'sue-1' })]);
    const finished = await eraseWhole('user_id:sue', '?suppress=true');
    expect(finished.suppression).toMatchObject({ state: 'active', liftedAt: null });
    const soon = new Date(Date.now() + 1_000).toISOString();
    await harness.send([
      touchpoint([user('sue')], { id: 'sue-2', ...at(soon) }),
      touchpoint([user('tom'), email('sue@example.org')], { id: 'sue-3', ...at(soon) }),
    ]);
    expect((await harness.profile('user_id:sue')).status).toBe(404);
    expect((await harness.profile('user_id:tom')).status).toBe(404);
    const lifted = await harness.call('DELETE', `/v1/erasures/${finished.id}/suppression`);
    expect(lifted.body.suppression).toMatchObject({ state: 'lifted', liftedAt: expect.any(String) });
    await harness.send([touchpoint([user('sue')], { id: 'sue-4', ...at('2100-01-01T00:00:00.000Z') })]);
    expect((await harness.profile('user_id:sue')).body.touchpointCount).toBe(1);
    expect((await harness.call('DELETE', `/v1/erasures/${finished.id}/suppression`)).status).toBe(200);
  });

  test('waits for ingest, and says what it waits for', async () => {
    await harness.send([touchpoint([user('uma')], { id: 'uma-1' })]);
    isIngestUp = false;
    const { body } = await erase('user_id:uma');
    await poll(async () => {
      const { body: waiting } = await harness.call('GET', `/v1/erasures/${body.id}`);
      return waiting.failure === 'ingest answers 503';
    });
    expect((await harness.profile('user_id:uma')).status).toBe(404);
    isIngestUp = true;
    expect((await done(body.id)).failure).toBeNull();
  });

  test('needs the current id of the profile, and an admin key', async () => {
    await harness.send([touchpoint([user('vic'), email('vic@example.org')])]);
    const moved = await harness.call('DELETE', `/v1/profiles/${idOf(email('vic@example.org'))}`);
    expect(moved).toMatchObject({ status: 409, body: { code: 'profile_moved', profile: idOf(user('vic')) } });
    expect((await harness.call('DELETE', '/v1/profiles/user_id:vic')).body.code).toBe('invalid_parameter');
    const unknown = await harness.call('DELETE', `/v1/profiles/${idOf(user('stranger'))}`);
    expect(unknown.body.code).toBe('profile_not_found');
    for (const key of ['read', 'server', 'write'] as const) {
      const path = `/v1/profiles/${idOf(user('vic'))}`;
      expect((await harness.call('DELETE', path, { key })).status).toBe(403);
      expect((await harness.call('GET', '/v1/erasures', { key })).status).toBe(403);
    }
  });

  test('lists erasures newest first, in pages', async () => {
    const { body } = await harness.call('GET', '/v1/erasures?limit=2');
    expect(body.items).toHaveLength(2);
    expect(body.items[0].at > body.items[1].at).toBe(true);
    const next = await harness.call('GET', `/v1/erasures?limit=2&cursor=${body.nextCursor}`);
    expect(next.body.items[0].at < body.items[1].at).toBe(true);
    expect((await harness.call('GET', '/v1/erasures/nonsense')).body.code).toBe('erasure_not_found');
  });
});
