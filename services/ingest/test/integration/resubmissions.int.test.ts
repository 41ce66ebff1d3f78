/** Rejected items counted over time, and decided again by jobs. */
import { AppError, topics } from '@throughline/contracts';
import type { EventLog } from '@throughline/event-log';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pruneResubmissions } from '../../src/db/prune-resubmissions.ts';
import { startIngestServer, testKeys, until, type Answer, type IngestServer } from './ingest-server.ts';

let server: IngestServer;
let isLogAway = false;

const failing = (log: EventLog): EventLog => ({
  ...log,
  append: async (records) => {
    if (isLogAway) throw new AppError('log_unavailable', 'the log is away');
    await log.append(records);
  },
});

beforeAll(async () => {
  server = await startIngestServer({ wrapLog: failing });
});
afterAll(() => server.stop());
beforeEach(async () => {
  isLogAway = false;
  await server.pool.query('truncate ingest.rejected_touchpoint, ingest.rejected_count, ingest.resubmission');
});

async function reject(count: number, key: string = testKeys.server): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => ({
    type: 'track',
    event: 'Sold',
    ...(index % 2 === 0 ? { id: `sold-${Math.random()}` } : {}),
    userId: 'u1',
    timestamp: index % 3 === 0 ? 'never' : 'last week',
  }));
  const before = await stored();
  // A log that was away in the test before is tried again with a request of a little later.
  let sent: Answer | undefined;
  await until(async () => (sent = await server.post('/v1/touchpoints', items, { key })).status !== 503);
  expect(sent?.json).toMatchObject({ accepted: 0 });
  await until(async () => (await stored()) === before + count);
}

async function stored(where = 'true'): Promise<number> {
  const { rows } = await server.pool.query<{ count: number }>(
    `select count(*)::int as count from ingest.rejected_touchpoint where ${where}`,
  );
  return rows[0]?.count ?? 0;
}

/** As if the rule had changed: what was sent is readable now. */
async function mend(): Promise<void> {
  await server.pool.query(
    `update ingest.rejected_touchpoint set body = replace(body, 'last week', '2026-03-01T10:00:00Z')`,
  );
}

const create = (body: unknown): Promise<Answer> =>
  server.post('/v1/resubmissions', body, { key: testKeys.admin });

async function finished(body: unknown): Promise<Answer['json']> {
  const created = await create(body);
  expect(created.status).toBe(200);
  const path = `/v1/resubmissions/${created.json.resubmissionId}`;
  let job = created.json;
  await until(async () => {
    job = (await server.get(path)).json;
    return job.state !== 'running';
  });
  return job;
}

describe('the counts of rejected items', () => {
  test('are by hour or day, source and code, and count an item once however often its record comes', async () => {
    await reject(5);
    await reject(3, testKeys.write);
    const [record] = await server.records(topics.rejected);
    await server.log.append([
      { topic: topics.rejected, key: record.rejectionId, value: JSON.stringify(record) },
    ]);
    await server.log.append([
      {
        topic: topics.rejected,
        key: 'x',
        value: JSON.stringify({ ...record, rejectionId: crypto.randomUUID(), code: 'unknown_type' }),
      },
    ]);
    await until(async () => (await stored(`code = 'unknown_type'`)) === 1);
    for (const per of ['hour', 'day']) {
      const { json } = await server.get(`/v1/rejected/counts?per=${per}`);
      expect(json).toMatchObject({ per, isComplete: true });
      const bySource = Object.groupBy(json.counts as { source: string }[], ({ source }) => source);
      const itemsOf = (source: string, code: string): number =>
        (bySource[source] as unknown as { code: string; items: number }[])
          .filter((row) => row.code === code)
          .reduce((sum, { items }) => sum + items, 0);
      expect(itemsOf('server', 'invalid_time')).toBe(5);
      expect(itemsOf('website', 'invalid_time')).toBe(3);
    }
    const { json } = await server.get('/v1/rejected/counts?source=website&code=unknown_type');
    expect(json.counts).toEqual([]);
  });

  test('have whole hours, and no more of them than a limit', async () => {
    const past = await server.get('/v1/rejected/counts?from=2026-03-01T10:20:00Z&to=2026-03-01T12:00:01Z');
    expect(past.json).toMatchObject({
      from: '2026-03-01T10:00:00.000Z',
      to: '2026-03-01T13:00:00.000Z',
      counts: [],
    });
    const long = await server.get('/v1/rejected/counts?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z');
    expect(long).toMatchObject({ status: 400, json: { code: 'range_too_long' } });
    const reversed = await server.get(
      '/v1/rejected/counts?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
    );
    expect(reversed).toMatchObject({ status: 400, json: { code: 'invalid_parameter' } });
    expect((await server.get('/v1/rejected/counts', testKeys.read)).status).toBe(403);
  });

  test('say when only the newest are shown', async () => {
    await server.pool.query(
      `insert into ingest.rejected_count (hour, source, code, items)
       select date_trunc('hour', now(), 'UTC'), 's' || n, 'c', 1 from generate_series(1, 2001) n`,
    );
    const { json } = await server.get('/v1/rejected/counts');
    expect(json.isComplete).toBe(false);
    expect(json.counts).toHaveLength(2_000);
  });
});

describe('a resubmission', () => {
  test('decides the items of its filter again, page by page, and keeps when they first came', async () => {
    await reject(240);
    await reject(3, testKeys.write);
    await mend();
    const before = await server.get('/v1/rejected?source=server&limit=100');
    const job = await finished({ filter: { source: 'server' } });
    expect(job).toMatchObject({
      state: 'done',
      dryRun: false,
      itemsAtMost: 240,
      accepted: 160,
      refused: { invalid_time: 80 },
      failure: null,
    });
    expect(await stored('replayed_at is not null')).toBe(160);
    // What is refused again is not stored again.
    expect(await stored()).toBe(243);
    const accepted = (await server.records(topics.touchpoints)).map(({ touchpoint }) => touchpoint);
    expect(accepted).toHaveLength(160);
    const firstReceipts = new Set(
      (before.json.items as { receivedAt: string }[]).map(({ receivedAt }) => receivedAt),
    );
    for (const { receivedAt } of accepted) expect(firstReceipts).toContain(receivedAt);
    // As if the process had ended before that was noted: those without an id get the same one again.
    await server.pool.query('update ingest.rejected_touchpoint set replayed_at = null');
    expect(await finished({ filter: { source: 'server' } })).toMatchObject({ accepted: 160 });
    const again = (await server.records(topics.touchpoints)).map(({ touchpoint }) => touchpoint.id);
    expect(again).toHaveLength(320);
    expect(new Set(again).size).toBe(160);
    expect(await finished({ filter: { source: 'server' } })).toMatchObject({
      accepted: 0,
      refused: { invalid_time: 80 },
    });
  });

  test('has a dry run, which changes nothing', async () => {
    await reject(6);
    await mend();
    const recordsBefore = (await server.records(topics.touchpoints)).length;
    const job = await finished({ filter: {}, dryRun: true });
    expect(job).toMatchObject({ dryRun: true, accepted: 4, refused: { invalid_time: 2 } });
    expect(await stored('replayed_at is not null')).toBe(0);
    expect(await server.records(topics.touchpoints)).toHaveLength(recordsBefore);
    const [item] = (await server.get('/v1/rejected')).json.items;
    const path = `/v1/rejected/${item.rejectionId}/replay?dryRun=true`;
    const one = await server.post(path, {}, { key: testKeys.admin });
    expect(one.json.accepted + one.json.rejected.length).toBe(1);
    expect(await stored('replayed_at is not null')).toBe(0);
  });

  test('is taken up where it was left, also while the log is away and by another process', async () => {
    await reject(6);
    await mend();
    isLogAway = true;
    const created = await create({ filter: {} });
    const path = `/v1/resubmissions/${created.json.resubmissionId}`;
    await until(async () => (await server.get(path)).json.failure !== null);
    expect((await server.get(path)).json).toMatchObject({ state: 'running', accepted: 0, refused: {} });
    isLogAway = false;
    const second = await startIngestServer({ connectionString: server.connectionString });
    // The wait until the next attempt is over.
    await server.pool.query('update ingest.resubmission set leased_until = now()');
    await until(async () => (await second.get(path)).json.state === 'done');
    await second.stop();
    expect((await server.get(path)).json).toMatchObject({
      accepted: 4,
      refused: { invalid_time: 2 },
      failure: null,
    });
  });

  test('is listed, and cancelled while it is unfinished', async () => {
    await reject(2);
    isLogAway = true;
    await mend();
    const { json: created } = await create({ filter: { code: 'invalid_time' } });
    const path = `/v1/resubmissions/${created.resubmissionId}`;
    const cancel = () => server.post(`${path}/cancel`, {}, { key: testKeys.admin });
    expect(await cancel()).toMatchObject({ status: 200, json: { state: 'cancelled' } });
    expect(await cancel()).toMatchObject({ status: 409, json: { code: 'resubmission_conflict' } });
    expect((await server.get('/v1/resubmissions')).json.items).toMatchObject([
      { resubmissionId: created.resubmissionId, state: 'cancelled', filter: { code: 'invalid_time' } },
    ]);
    isLogAway = false;
    expect(await finished({ filter: {} })).toMatchObject({ state: 'done', accepted: 1 });
    expect((await server.get(path)).json).toMatchObject({ state: 'cancelled', accepted: 0 });
  });

  test('is kept for the retention, as the counts are, unless it is unfinished', async () => {
    await server.pool.query(
      `insert into ingest.resubmission
         (resubmission_id, received_to, is_dry_run, state, items_at_most, leased_until, created_at)
       select gen_random_uuid(), now(), true, state, 0, now() + interval '1 hour', now() - days * interval '1 day'
       from unnest(array['done', 'running']) as state, unnest(array[89, 91]) as days`,
    );
    await server.pool.query(
      `insert into ingest.rejected_count (hour, source, code, items)
       select now() - days * interval '1 day', 's', 'c', 1 from unnest(array[89, 91]) as days`,
    );
    for (const [table, pruned] of [
      ['resubmission', 1],
      ['rejected_count', 1],
    ] as const) {
      expect(await pruneResubmissions(server.pool, table, 90)).toBe(pruned);
      expect(await pruneResubmissions(server.pool, table, 90)).toBe(0);
    }
  });

  test('is refused when too many are unfinished, when it is unknown, and without an admin key', async () => {
    await server.pool.query(
      `insert into ingest.resubmission
         (resubmission_id, received_to, is_dry_run, state, items_at_most, leased_until)
       select gen_random_uuid(), now(), true, 'running', 0, now() + interval '1 hour' from generate_series(1, 20)`,
    );
    expect(await create({ filter: {} })).toMatchObject({
      status: 409,
      json: { code: 'resubmission_conflict' },
    });
    const unknown = `/v1/resubmissions/${crypto.randomUUID()}`;
    expect((await server.get(unknown)).json.code).toBe('resubmission_not_found');
    expect((await server.post(`${unknown}/cancel`, {}, { key: testKeys.admin })).status).toBe(404);
    expect((await server.post('/v1/resubmissions', { filter: {} })).status).toBe(403);
    expect((await create({ filter: { sauce: 'x' } })).status).toBe(400);
  });
});
