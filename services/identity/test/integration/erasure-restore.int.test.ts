/**
 * A backup of before an erasure is restored: the erasure is applied again as it was. By the set law a database that has consumed
 * what was sent until the backup is that backup.
 */
import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';
import { startIngestStub } from './ingest-stub.ts';

let ingest: Awaited<ReturnType<typeof startIngestStub>>;
let first: HttpHarness;
let restored: HttpHarness;

beforeAll(async () => {
  ingest = await startIngestStub();
  const ingestUrl = ingest.url;
  first = await startHttpHarness({ ingestUrl });
  restored = await startHttpHarness({ ingestUrl });
});
afterAll(async () => {
  await first.close();
  await restored.close();
  ingest.close();
});

const email = (value: string): Identifier => ({ type: 'email', value });
const beforeBackup = [
  touchpoint([user('ann'), email('ann@example.org')], { id: 'ann-1' }),
  touchpoint([user('ann')], { id: 'ann-2', traits: { nickname: 'annie' } }),
  touchpoint([user('bob')], { id: 'bob-1' }),
];

async function done(harness: HttpHarness, id: string): Promise<void> {
  await poll(async () => {
    const { body } = await harness.call('GET', `/v1/erasures/${id}`);
    return body.state === 'done';
  });
}

async function recordOf(id: string): Promise<Answer['body']> {
  const { status, body } = await first.call('GET', `/v1/erasures/${id}/record`);
  expect(status).toBe(200);
  return body;
}

/** What a reader sees of the two of them. */
async function seen(harness: HttpHarness): Promise<unknown[]> {
  const answers = [];
  for (const ref of ['user_id:ann', 'email:ann@example.org', 'user_id:bob']) {
    const { status, body } = await harness.profile(ref);
    answers.push({ ref, status, id: body.id, traits: body.traits, touchpoints: body.touchpointCount });
  }
  return answers;
}

describe('an erasure that a restored database does not know', () => {
  test('is applied again with its own time: what the person did since stays, what comes late of before goes', async () => {
    await first.send(beforeBackup);
    await restored.send(beforeBackup);
    const { body: profile } = await first.profile('user_id:ann');
    const { body: requested } = await first.call('DELETE', `/v1/profiles/${profile.id}?includePublic=true`);
    await done(first, requested.id);
    const record = await recordOf(requested.id);
    expect(record).toMatchObject({ id: requested.id, at: requested.at, extent: { length: 2 } });
    // Without a value: it is kept where personal data are not.
    expect(JSON.stringify(record)).not.toMatch(/ann|example/);

    const at = Date.parse(requested.at);
    const time = (offsetMs: number): string => new Date(at + offsetMs).toISOString();
    const afterBackup = [
      touchpoint([user('ann')], { id: 'ann-late', occurredAt: time(-60_000), receivedAt: time(1) }),
      touchpoint([user('ann')], { id: 'ann-again', occurredAt: time(1), receivedAt: time(1) }),
    ];
    await first.send(afterBackup);
    // The log that is consumed again may be ahead of the operator.
    await restored.send(afterBackup);
    const { status, body } = await restored.call('PUT', `/v1/erasures/${requested.id}`, { body: record });
    expect([status, body]).toMatchObject([202, { id: requested.id, at: requested.at, extent: { count: 2 } }]);
    await done(restored, requested.id);
    expect(await seen(restored)).toEqual(await seen(first));
    expect(await seen(restored)).toMatchObject([{ touchpoints: 1 }, { status: 404 }, { touchpoints: 1 }]);

    const again = await restored.call('PUT', `/v1/erasures/${requested.id}`, { body: record });
    expect([again.status, again.body.state]).toEqual([202, 'done']);
    const { body: all } = await restored.call('GET', '/v1/erasures');
    expect(all.items).toHaveLength(1);
  });

  test('is refused where its id is another’s, it follows one that is missing, or it is of the future', async () => {
    const { body: all } = await first.call('GET', '/v1/erasures');
    const record = await recordOf(all.items[0].id);
    const other = '00000000-0000-4000-8000-000000000001';
    const put = async (id: string, body: object): Promise<unknown[]> => {
      const answer = await restored.call('PUT', `/v1/erasures/${id}`, { body });
      return [answer.status, answer.body.code];
    };
    expect(await put(other, record)).toEqual([400, 'invalid_parameter']);
    expect(await put(other, { ...record, id: other, follows: other })).toEqual([404, 'erasure_not_found']);
    for (const at of ['2999-01-01T00:00:00.000Z', '0000-01-01T00:00:00.000Z']) {
      expect(await put(other, { ...record, id: other, at })).toEqual([400, 'invalid_parameter']);
    }
    for (const key of ['write', 'server', 'read'] as const) {
      const answer = await restored.call('PUT', `/v1/erasures/${record.id}`, { key, body: record });
      expect(answer.status).toBe(403);
    }
  });
});
