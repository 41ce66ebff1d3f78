import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWaitForTouchpoint } from '../../src/http/read-after.ts';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const get = (ref: string, headers: Record<string, string> = {}) =>
  harness.call('GET', `/v1/profiles/${encodeURIComponent(ref)}`, { key: 'read', headers });
const after = (ref: string, source: string, id: string) =>
  harness.profile(ref, `?after=${encodeURIComponent(`${source}/${id}`)}`);

describe('the entity tag of a profile', () => {
  test('stays while its content does, and is answered 304 without a body', async () => {
    await harness.send([touchpoint([user('tagged')])]);
    const first = await get('user_id:tagged');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);
    for (const header of [tag, `"other", ${tag}`, tag.slice(2), '*']) {
      const same = await get('user_id:tagged', { 'if-none-match': header });
      expect({ header, status: same.status, body: same.body, tag: same.headers.get('etag') }).toEqual({
        header,
        status: 304,
        body: null,
        tag,
      });
    }
    // Another touchpoint elsewhere changes the freshness, and not this profile.
    await harness.send([touchpoint([user('another')])]);
    expect((await get('user_id:tagged', { 'if-none-match': tag })).status).toBe(304);
  });

  test('is another after every change of the profile', async () => {
    const email: Identifier = { type: 'email', value: 'changing@example.org' };
    await harness.send([touchpoint([user('changing')])]);
    const tags = new Set<string>();
    const note = async () => {
      const { status, headers } = await get('user_id:changing', { 'if-none-match': [...tags].join(', ') });
      expect(status).toBe(200);
      tags.add(headers.get('etag') ?? '');
    };
    await note();
    await harness.send([touchpoint([user('changing')])]);
    await note();
    await harness.send([touchpoint([user('changing')], { traits: { plan: 'gold' } })]);
    await note();
    await harness.send([touchpoint([user('changing'), email])]);
    await note();
    expect(tags.size).toBe(4);
  });
});

describe('a profile after a touchpoint', () => {
  test('holds it, even when it was asked for at once', async () => {
    for (let n = 1; n <= 5; n += 1) {
      await harness.append([touchpoint([user('written')], { id: `written/${n}` })]);
      const { status, body } = await after('user_id:written', 'server', `written/${n}`);
      expect([status, body.touchpointCount]).toEqual([200, n]);
    }
  });

  test('is not found when the touchpoint was never accepted and nothing is pending', async () => {
    await harness.send([touchpoint([user('waiting')], { id: 'of-the-server' })]);
    for (const [source, id] of [
      ['server', 'never-sent'],
      ['website', 'of-the-server'],
    ] as const) {
      const { status, body } = await after('user_id:waiting', source, id);
      expect([status, body.code, body.field]).toEqual([404, 'touchpoint_not_found', 'after']);
    }
  });

  test('is refused with what is pending when the wait ends', async () => {
    const freshness = { processedThrough: null, pendingRecords: 7 };
    const wait = createWaitForTouchpoint(
      { pool: harness.pool, ids: harness.ids, freshness: { read: () => Promise.resolve(freshness) } },
      50,
    );
    await expect(wait('server/never-sent')).rejects.toMatchObject({ code: 'touchpoint_pending' });
    await harness.send([touchpoint([user('waiting')], { id: 'sent' })]);
    await expect(wait('server/sent')).resolves.toBeUndefined();
  });

  test('takes a source and an id only', async () => {
    for (const query of ['?after=', '?after=no-source', '?after=%2Fid', '?after=source%2F']) {
      expect((await harness.profile('user_id:waiting', query)).body.code).toBe('invalid_parameter');
    }
  });
});
