import { randomUUID } from 'node:crypto';
import { topics } from '@throughline/contracts';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findRejectedPage } from '../../src/db/find-rejected-page.ts';
import { pruneRejected } from '../../src/db/prune-rejected.ts';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());
beforeEach(() => server.pool.query('truncate ingest.rejected_touchpoint'));

/** `count` items, a second apart, the newest first received now; every `rare`th has the code `rare`. */
async function fill(count: number, rare: number): Promise<void> {
  await server.pool.query(
    `insert into ingest.rejected_touchpoint (rejection_id, received_at, source, request_id, route, item_index, code,
                                             field, message, body, body_encoding, stored_at)
     select gen_random_uuid(), now() - n * interval '1 second', 's', 'r', '/v1/track', 0,
            case when n % $2 = 0 then 'rare' else 'usual' end, '', 'm', '{}', 'json', now() - n * interval '1 day'
     from generate_series(1, $1) n`,
    [count, rare],
  );
}

const storedCount = async (): Promise<number> => {
  const { rows } = await server.pool.query<{ count: number }>(
    'select count(*) as count from ingest.rejected_touchpoint',
  );
  return rows[0]?.count ?? 0;
};

describe('the rejected store', () => {
  test('lists conflicts with both bodies, twenty a page, and decides none of them again', async () => {
    const conflict = (index: number) => ({
      rejectionId: randomUUID(),
      receivedAt: '2026-11-21T12:00:00.000Z',
      source: 'server',
      requestId: 'r',
      route: '',
      index: 0,
      id: `twice-${index}`,
      code: 'conflicting_touchpoint',
      field: '',
      message: 'm',
      body: `{"later":${index}}`,
      bodyEncoding: 'json',
      standingBody: `{"first":${index}}`,
    });
    const conflicts = Array.from({ length: 21 }, (_, index) => conflict(index));
    await server.log.append(
      conflicts.map((one) => ({ topic: topics.rejected, key: one.rejectionId, value: JSON.stringify(one) })),
    );
    await until(async () => (await storedCount()) === 21);
    const first = await server.get('/v1/rejected?code=conflicting_touchpoint&limit=100');
    const rest = await server.get(`/v1/rejected?code=conflicting_touchpoint&cursor=${first.json.nextCursor}`);
    expect([first.json.items.length, rest.json.items.length]).toEqual([20, 1]);
    for (const { id, body, standingBody } of [...first.json.items, ...rest.json.items]) {
      const index = id.replace('twice-', '');
      expect([body, standingBody]).toEqual([`{"later":${index}}`, `{"first":${index}}`]);
    }
    const path = `/v1/rejected/${conflicts[3]?.rejectionId}`;
    expect((await server.get(path)).json).toMatchObject({ body: '{"later":3}', standingBody: '{"first":3}' });
    expect(await server.post(`${path}/replay`, {}, { key: testKeys.admin })).toMatchObject({
      status: 409,
      json: { code: 'not_replayable' },
    });
    expect((await server.get('/v1/rejected')).json.items[0]).not.toHaveProperty('body');
  });

  test('ends a page after ten thousand rows, and the next one begins behind them', async () => {
    await fill(25_000, 12_000);
    const database = drizzle({ client: server.pool });
    const first = await findRejectedPage(database, { code: 'rare' }, null, 10);
    expect(first.rows).toHaveLength(0);
    const second = await findRejectedPage(database, { code: 'rare' }, first.next, 10);
    expect(second.rows).toHaveLength(1);
    const third = await findRejectedPage(database, { code: 'rare' }, second.next, 10);
    expect(third.rows).toHaveLength(1);
    expect(third.next).toBeNull();
  });

  test('forgets what is past its retention, a thousand at a time', async () => {
    await fill(1_500, 2);
    expect(await pruneRejected(server.pool, 90)).toBe(1_000);
    expect(await pruneRejected(server.pool, 90)).toBeGreaterThan(400);
    expect(await pruneRejected(server.pool, 90)).toBe(0);
    expect(await storedCount()).toBeGreaterThanOrEqual(89);
  });

  test('is kept at its retention by every process from its start on, however much is past it', async () => {
    await fill(1_500, 2);
    const { connectionString } = server;
    const beside = await startIngestServer({ connectionString });
    try {
      await until(async () => (await storedCount()) < 100);
      expect(await storedCount()).toBeGreaterThanOrEqual(89);
    } finally {
      await beside.stop();
    }
  });

  test('says in the metrics how much it keeps', async () => {
    await fill(12, 2);
    const { text } = await server.get('/metrics');
    expect(text).toMatch(
      /^throughline_kept_copies\{table="ingest\.rejected_touchpoint",service="ingest"\} 12$/m,
    );
    expect(text).toMatch(/^throughline_kept_copies\{table="ingest\.receipt_number",service="ingest"\} 0$/m);
    expect(text).toMatch(/^throughline_kept_copies\{table="ingest\.dead_letter",service="ingest"\} 0$/m);
  });

  test('keeps an item once, however often its record comes, and puts an unreadable record aside', async () => {
    const rejected = {
      rejectionId: randomUUID(),
      receivedAt: '2026-11-21T12:00:00.000Z',
      source: 'website',
      requestId: 'r',
      route: '/v1/track',
      index: 0,
      id: 'odd "id"',
      code: 'invalid_time',
      field: 'a\\u0000',
      message: 'm',
      body: '{"a":"\\u0000"}',
      bodyEncoding: 'json',
    };
    const record = { topic: topics.rejected, key: rejected.rejectionId, value: JSON.stringify(rejected) };
    await server.log.append([record, record, { ...record, value: '{"half":' }, { ...record, value: '{}' }]);
    const deadLetters = async () => (await server.pool.query('select code from ingest.dead_letter')).rows;
    await until(async () => (await deadLetters()).length === 2);
    expect(await deadLetters()).toEqual([{ code: 'unreadable_record' }, { code: 'unreadable_record' }]);
    expect(await storedCount()).toBe(1);
    expect((await server.get(`/v1/rejected/${rejected.rejectionId}`)).json).toMatchObject({
      id: 'odd "id"',
      body: '{"a":"\\u0000"}',
      replayedAt: null,
    });
  });
});
