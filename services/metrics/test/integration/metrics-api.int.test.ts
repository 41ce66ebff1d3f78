/** The HTTP API of one process, from outside. The parts run one after the other: what is rebuilt stays for those behind. */
import { topics, type ResolvedRecord } from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { purchaseRecord } from '../purchase-record.ts';
import { ann, bob, type MetricsApiBench } from './metrics-api/bench.ts';
import { describeConsumer } from './metrics-api/consumer.ts';
import { describeDefinitions } from './metrics-api/definitions.ts';
import { describeExplanations } from './metrics-api/explanations.ts';
import { describeFigures } from './metrics-api/figures.ts';
import { describeOtherSettings } from './metrics-api/other-settings.ts';
import { askMetrics, eventually, startMetricsProcess, type MetricsProcess } from './metrics-process.ts';

let database: TestDatabase;
let pool: Pool;
let log: EventLog;
let metrics: MetricsProcess;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.connectionString,
    applicationName: 'metrics-test',
    onError: () => {},
  });
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silent });
  metrics = await startMetricsProcess(database.connectionString, {
    THROUGHLINE_WINDOWS: '7,30',
    THROUGHLINE_TIME_ZONE: 'Europe/Berlin',
  });
  const records = [
    purchase('t1', ann, '2026-03-01T12:00:00.000Z'),
    // Already 10 March in Berlin.
    purchase('t2', ann, '2026-03-09T23:30:00.000Z'),
    purchase('t3@example.org', bob, '2026-03-05T12:00:00.000Z'),
  ];
  await log.appendToPartition(topics.resolved, 0, [
    { key: 'k', value: 'not json' },
    ...records.map((record, index) => ({
      key: 'k',
      value: JSON.stringify({ ...record, shard: 's', sequence: index + 1 }),
    })),
    { key: 'k', value: JSON.stringify({ kind: 'something.new', shard: 's', sequence: 9 }) },
    // A time that JSON and the contract allow and Postgres does not.
    {
      key: 'k',
      value: JSON.stringify({ ...purchase('t4', bob, '0000-01-01T00:00:00.000Z'), shard: 's', sequence: 10 }),
    },
    {
      key: 'k',
      value: JSON.stringify({ ...purchase('t5', bob, '2026-03-06T12:00:00.000Z'), shard: 's', sequence: 11 }),
    },
  ]);
  await eventually(async () => {
    const { body } = await askMetrics(metrics, 'growth?window=7');
    const { freshness } = body as { freshness: { pendingRecords: number; processedThrough: string | null } };
    return freshness.pendingRecords === 0 && freshness.processedThrough !== null ? true : null;
  });
});
afterAll(async () => {
  await metrics.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

let keys = 0;
const purchase = (id: string, identifier: string, at: string): ResolvedRecord =>
  purchaseRecord({
    number: ++keys,
    identifier,
    at,
    touchpoint: {
      id,
      source: 'server',
      receivedAt: '2026-03-20T00:00:00.000Z',
      properties: { revenue: 12.5, currency: 'EUR' },
    },
  });

const bench: MetricsApiBench = {
  metrics: () => metrics,
  pool: () => pool,
  connectionString: () => database.connectionString,
};

describeFigures(bench);
describeExplanations(bench);
describeConsumer(bench);
describeOtherSettings(bench);
describeDefinitions(bench);
