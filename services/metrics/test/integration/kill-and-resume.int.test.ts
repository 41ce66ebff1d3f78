import {
  profileJourneySchema,
  topics,
  type ProfileJourney,
  type ResolvedRecord,
} from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool, type PoolOptions } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSeriesCatalog } from '../../src/core/series.ts';
import { formatDay } from '../../src/core/calendar.ts';
import { comparedDays, expectedFigures, settings } from '../expected-figures.ts';
import { deliveredRecords } from '../resolved-histories.ts';
import {
  adminKey,
  askMetrics,
  eventually,
  startMetricsProcess,
  type MetricsProcess,
} from './metrics-process.ts';

const histories = 120;
const partitions = 2;

let database: TestDatabase;
let pool: Pool;
let log: EventLog;
const processes: MetricsProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const options: PoolOptions = {
    connectionString: database.connectionString,
    applicationName: 'metrics-test',
    onError: () => {},
  };
  pool = createPool(options);
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silent });
});
afterAll(async () => {
  for (const process of processes) await process.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Many small histories as one, each with identifiers of its own. */
function manyHistories(): ResolvedRecord[] {
  const samples = fc.sample(deliveredRecords, { numRuns: histories, seed: 20_261_121 });
  return samples.flatMap((records, index) => {
    const name = index.toString(16).padStart(4, '0');
    const text = JSON.stringify(records)
      .replaceAll(/([a-d]0000000)-0000-/g, `$1-${name}-`)
      .replaceAll(/"id":"t/g, `"id":"h${index}-t`);
    return JSON.parse(text) as ResolvedRecord[];
  });
}

async function append(records: readonly ResolvedRecord[]): Promise<void> {
  const queues: ResolvedRecord[][] = Array.from({ length: partitions }, () => []);
  records.forEach((record, index) => queues[(index * 7 + (index >> 3)) % partitions]?.push(record));
  for (const [partition, queue] of queues.entries()) {
    const values = queue.map((record, index) => ({
      key: 'key',
      value: JSON.stringify({ ...record, shard: `shard-${partition}`, sequence: index + 1 }),
    }));
    await log.appendToPartition(topics.resolved, partition, values);
    // A relay that was killed sends the end of a shard again.
    await log.appendToPartition(topics.resolved, partition, values.slice(-50));
  }
}

async function pendingOf(process: MetricsProcess): Promise<number> {
  const { body } = await askMetrics(process, 'growth?window=3');
  return (body as { freshness: { pendingRecords: number } }).freshness.pendingRecords;
}

async function growthLines(process: MetricsProcess): Promise<string[]> {
  const lines: string[] = [];
  for (const { activity, windows } of createSeriesCatalog(settings).activities) {
    for (const { window } of windows) {
      const range = `from=${formatDay(comparedDays.from)}&to=${formatDay(comparedDays.to)}`;
      const { body } = await askMetrics(process, `growth?window=${window}&activity=${activity}&${range}`);
      for (const day of (body as { days: Record<string, number | string>[] }).days) {
        for (const name of ['customersAtStart', 'active', 'retained', 'churned', 'new', 'reactivated']) {
          if (day[name] !== 0) lines.push(`${activity} ${window} ${day['day']} ${name} ${day[name]}`);
        }
      }
    }
  }
  return lines.sort();
}

test('killed in the middle and resumed by two processes at once, the service comes to the exact figures and journeys', async () => {
  await log.ensureTopics([{ name: topics.resolved, partitions }]);
  const records = manyHistories();
  await append(records);
  const environment = { THROUGHLINE_WINDOWS: '3,10' };

  const first = await startMetricsProcess(database.connectionString, environment);
  await eventually(async () => {
    const { rows } = await pool.query<{ done: number | null }>(
      'select sum(next_offset)::bigint as done from metrics.consumer_offset',
    );
    return (rows[0]?.done ?? 0) > 0 ? true : null;
  });
  await first.kill();

  processes.push(
    ...(await Promise.all([
      startMetricsProcess(database.connectionString, environment),
      startMetricsProcess(database.connectionString, environment),
    ])),
  );
  const asked = processes[0] as MetricsProcess;
  await eventually(async () => ((await pendingOf(asked)) === 0 ? true : null));
  // Growth, of an activity, window and day. The verification below compares all other figures.
  const expected = expectedFigures(records).filter((line) => /^\w+ \d+ \d{4}-/.test(line));
  expect(expected.length).toBeGreaterThan(500);
  expect(await growthLines(asked)).toEqual(expected);

  const { status, body } = await askMetrics(asked, 'verifications', { method: 'POST', key: adminKey });
  expect(status).toBe(202);
  const verification = await eventually(async () => {
    const answer = await askMetrics(asked, `verifications/${(body as { id: string }).id}`);
    return (answer.body as { state: string }).state === 'running' ? null : answer.body;
  });
  expect(verification).toMatchObject({ state: 'done', differences: [], differenceCount: 0 });
  expect((verification as unknown as { checked: number }).checked).toBeGreaterThan(100);

  await expectJourneys();

  const deadlocks = await pool.query<{ deadlocks: number }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  expect(deadlocks.rows[0]?.deadlocks).toBe(0);
});

/** Once there is nothing left to publish: of each profile the newest record says what is kept of it, and no version comes twice. */
async function expectJourneys(): Promise<void> {
  const records: ProfileJourney[] = [];
  const subscription = await log.subscribe({
    group: 'test',
    topics: [topics.journeys],
    loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
    handle(batch) {
      for (const { value } of batch.records) records.push(profileJourneySchema.parse(JSON.parse(value)));
      return Promise.resolve();
    },
    onProblem: () => {},
  });
  try {
    const kept = await eventually(async () => {
      const waiting = await pool.query('select from metrics.journey_change');
      if (waiting.rowCount !== 0) return null;
      const { rows } = await pool.query<{ profile: string; stage: string | null }>(
        `select profile, content ->> 'stage' as stage from metrics.profile_journey order by profile`,
      );
      const newest = newestJourneys(records);
      return newest.length === rows.length ? rows : null;
    });
    expect(kept.length).toBeGreaterThan(histories / 2);
    expect(newestJourneys(records)).toEqual(kept);
    expect(new Set(records.map(({ version }) => version)).size).toBe(records.length);
  } finally {
    await subscription.stop();
  }
}

function newestJourneys(records: readonly ProfileJourney[]): { profile: string; stage: string | null }[] {
  const ascending = records.toSorted((left, right) => left.version - right.version);
  return [...new Map(ascending.map((record) => [record.profile, record])).values()]
    .flatMap(({ profile, state }) => (state === null ? [] : [{ profile, stage: state.stage }]))
    .toSorted((left, right) => (left.profile < right.profile ? -1 : 1));
}
