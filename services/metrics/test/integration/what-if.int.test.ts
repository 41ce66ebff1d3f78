import { type Membership, type ResolvedRecord, topics, type WhatIfAnswer } from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purchaseRecord } from '../purchase-record.ts';
import { idOf } from '../resolved-histories.ts';
import {
  adminKey,
  askMetrics,
  eventually,
  startMetricsProcess,
  type MetricsProcess,
} from './metrics-process.ts';

let database: TestDatabase;
let pool: Pool;
let log: EventLog;
let metrics: MetricsProcess;

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const dayMs = 86_400_000;
const ann = idOf('a', 1);
const bob = idOf('a', 2);
const cid = idOf('a', 3);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.connectionString,
    applicationName: 'metrics-test',
    onError: () => {},
  });
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silent });
  metrics = await startMetricsProcess(database.connectionString, { THROUGHLINE_WINDOWS: '7,30' });
  await publish([purchase(ann, 40), purchase(ann, 10), purchase(bob, 3), purchase(bob, 0), purchase(cid, 9)]);
});
afterAll(async () => {
  await metrics.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

let sequence = 0;
async function publish(records: readonly ResolvedRecord[]): Promise<void> {
  await log.appendToPartition(
    topics.resolved,
    0,
    records.map((record) => ({
      key: 'k',
      value: JSON.stringify({ ...record, shard: 's', sequence: (sequence += 1) }),
    })),
  );
  await eventually(async () => {
    const { body } = await askMetrics(metrics, 'growth?window=7');
    return (body as { freshness: { pendingRecords: number } }).freshness.pendingRecords === 0 ? true : null;
  });
}

let purchases = 0;
const purchase = (identifier: string, daysAgo: number): ResolvedRecord =>
  purchaseRecord({
    number: (purchases += 1),
    identifier,
    at: Date.now() - daysAgo * dayMs,
    touchpoint: { source: 'server', properties: { revenue: 12.5, currency: 'EUR' } },
  });

function member(identifier: string, profile: string, version: number): Membership {
  return { identifier, version, root: identifier, profile, identifying: true, type: 'user_id' };
}

const ask = (body: unknown, key = adminKey) => askMetrics(metrics, 'what-if', { method: 'POST', key, body });

async function growthOn(day: string, window: number) {
  const { body } = await askMetrics(metrics, `growth?window=${window}&from=${day}&to=${day}`);
  return (body as { days: Record<string, unknown>[] }).days[0];
}

/** Growth as the API answers it, without what the question does not answer. */
async function expectGrowth({ days }: WhatIfAnswer, which: 'before' | 'after'): Promise<void> {
  for (const { day, figures } of days) {
    for (const figure of figures.filter(({ activity }) => activity === 'purchase')) {
      const { retention: _retention, churn: _churn, ...counts } = figure[which];
      expect(await growthOn(day, figure.window)).toMatchObject(counts);
    }
  }
}

describe('POST /v1/metrics/what-if', () => {
  test('answers what the figures become when the memberships come, and changes nothing itself', async () => {
    const memberships = [member(ann, ann, 5), member(bob, ann, 5)];
    const asked = await ask({ cause: 'merge', memberships });
    expect(asked.status).toBe(200);
    const answer = asked.body as WhatIfAnswer;
    expect(answer.days.map(({ partial }) => partial)).toEqual([false, true]);
    const month = answer.days[1]?.figures.find(
      ({ activity, window }) => activity === 'purchase' && window === 30,
    );
    // Ann alone was active on both days, and of the two only Bob was new.
    expect(month).toMatchObject({
      before: { active: 3, new: 2, customersAtStart: 1, retained: 1 },
      after: { active: 2, new: 1, customersAtStart: 1, retained: 1 },
    });
    await expectGrowth(answer, 'before');
    expect((await ask({ cause: 'merge', memberships })).body).toEqual(answer);

    await publish([{ kind: 'membership.changed', cause: 'merge', reason: 'decision', memberships }]);
    await expectGrowth(answer, 'after');
    expect((await ask({ cause: 'merge', memberships })).body).toEqual({
      days: answer.days.map(({ day, partial }) => ({ day, partial, figures: [] })),
    });
  });

  test('creates nothing for identifiers that it does not know', async () => {
    const unknown = idOf('a', 99);
    const { status } = await ask({
      cause: 'merge',
      memberships: [member(unknown, cid, 7), member(cid, cid, 7)],
    });
    expect(status).toBe(200);
    const { rows } = await pool.query('select from metrics.identifier where id = $1', [unknown]);
    expect(rows).toEqual([]);
  });

  test('takes an admin key and a bounded question only', async () => {
    expect(
      (await ask({ cause: 'merge', memberships: [] }, 'rk_test_0123456789abcdef0123456789abcdef')).status,
    ).toBe(403);
    const many = Array.from({ length: 201 }, (_, n) => member(idOf('b', n), ann, 1));
    expect((await ask({ cause: 'merge', memberships: many })).status).toBe(400);
    expect((await ask({ cause: 'weather', memberships: [] })).status).toBe(400);
  });
});
