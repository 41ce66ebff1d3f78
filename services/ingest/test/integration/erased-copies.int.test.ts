import { randomUUID } from 'node:crypto';
import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

const at = '2026-03-02T00:00:00.000Z';

function rejected(id: string, body: string, receivedAt = '2026-03-01T00:00:00.000Z') {
  return {
    rejectionId: randomUUID(),
    receivedAt,
    source: 'server',
    requestId: 'r',
    route: '/v1/touchpoints',
    index: 0,
    id,
    code: 'invalid_field',
    field: 'name',
    message: 'name is not text',
    body,
    bodyEncoding: 'json',
  };
}

async function append(...items: ReturnType<typeof rejected>[]): Promise<void> {
  await server.log.append(
    items.map((one) => ({ topic: topics.rejected, key: one.rejectionId, value: JSON.stringify(one) })),
  );
}

async function storedIds(): Promise<string[]> {
  const { rows } = await server.pool.query<{ id: string }>(
    'select touchpoint_id as id from ingest.rejected_touchpoint order by touchpoint_id',
  );
  return rows.map(({ id }) => id);
}

async function ask(time: string): Promise<Response> {
  return await fetch(`${server.url}/v1/erasures/${randomUUID()}/copies`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testKeys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ at: time, wanted: ['ada@example.org'], cursor: null }),
  });
}

test.each(['0000-01-01T00:00:00.000Z', '2026-02-30T00:00:00.000Z', '2026-13-01T00:00:00.000Z'])(
  'the question of an erasure at %s, which never was, is refused',
  async (time) => {
    const response = await ask(time);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_parameter' });
  },
);

test('what mentions an erased value goes, in JSON and in broken lines, and does not come back later', async () => {
  const nested = rejected('nested', '{"traits":{"email":" Ada@Example.org "}}');
  const broken = rejected('broken', '{"email":"ada@example.org", oops');
  await append(nested, broken, rejected('other', '{"email":"bob@example.org"}'));
  await append(rejected('after', '{"email":"ada@example.org"}', '2026-03-03T00:00:00.000Z'));
  await until(async () => (await storedIds()).length === 4);
  const response = await ask(at);
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { rejections: string[]; next: string | null };
  expect(answer.rejections.toSorted()).toEqual([nested.rejectionId, broken.rejectionId].toSorted());
  expect(answer.next).toBeNull();
  expect(await storedIds()).toEqual(['after', 'other']);
  await append(rejected('late', '{"to":"ada@example.org"}'), rejected('marker', '{}'));
  await until(async () => (await storedIds()).includes('marker'));
  expect(await storedIds()).toEqual(['after', 'marker', 'other']);
  const { rows } = await server.pool.query<{ text: string }>(
    'select w::text as text from ingest.erased_word w',
  );
  expect(rows.map(({ text }) => text).join()).not.toContain('ada');
});
