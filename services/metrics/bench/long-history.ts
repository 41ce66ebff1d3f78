/**
 * Cost of one more touchpoint by the length of its profile's history: CPU of both processes and bytes of WAL, for a second
 * touchpoint on an active day and for the first on a new day.
 *
 *   node bench/long-history.ts postgres://user@host/database [days …]
 *
 * The database is written to: schema `metrics` is dropped first.
 */
import { fileURLToPath } from 'node:url';
import { defaultJourneyMap, shippedActivities, type TouchpointResolved } from '@throughline/contracts';
import { consumerMigrations } from '@throughline/event-log';
import { createConsumerPool, inTransaction, runMigrations } from '@throughline/postgres';
import { parseConfig } from '../src/config.ts';
import { applyRecords } from '../src/consume/apply-records.ts';
import { createReportingCalendar } from '../src/core/calendar.ts';
import { functionVersion } from '../src/core/generation-settings.ts';
import { claimGeneration } from '../src/db/claim-generation.ts';
import { openGeneration } from '../src/db/open-generation.ts';
import { findPostmaster, serverCpuMs } from './server-cpu.ts';
import { uuidOf } from './synthetic-records.ts';

const [connectionString, ...lengths] = process.argv.slice(2);
if (connectionString === undefined)
  throw new Error('usage: node bench/long-history.ts postgres://… [days …]');
const dayMs = 86_400_000;
const firstDay = 15_000;
const samples = 300;
const readKey = 'rk_0123456789abcdef0123456789abcdef';

const settings = {
  functionVersion,
  timeZone: 'UTC',
  weekStart: 'monday',
  groupings: [],
  activities: shippedActivities,
  windows: [7, 30, 90, 365],
  cohorts: parseConfig({ DATABASE_URL: connectionString, THROUGHLINE_READ_KEY: readKey }).cohorts,
  journeyMap: defaultJourneyMap,
};
const calendar = createReportingCalendar('UTC', 6);
const pool = createConsumerPool({
  connectionString,
  applicationName: 'metrics-bench',
  onError: console.error,
});
await pool.query('drop schema if exists metrics cascade');
await runMigrations(pool, {
  schema: 'metrics',
  directories: [consumerMigrations, fileURLToPath(new URL('../migrations', import.meta.url))],
});
const { generation, catalog } = await openGeneration(pool, await claimGeneration(pool, settings));
const postmaster = await findPostmaster(pool);

let made = 0;
function pageView(person: string, day: number): TouchpointResolved {
  made += 1;
  const at = new Date((firstDay + day) * dayMs + (made % dayMs)).toISOString();
  return {
    kind: 'touchpoint.resolved',
    shard: 'bench',
    sequence: made,
    touchpoint: {
      key: uuidOf(`long history ${made}`),
      id: `bench-${made}`,
      source: 'website',
      type: 'page',
      name: 'Home',
      occurredAt: at,
      receivedAt: at,
      trust: 'public',
      properties: { path: '/home' },
    },
    identifier: person,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier: person, version: 0, root: person, profile: person, identifying: true, type: 'user_id' },
    ],
    transaction: null,
    amends: null,
    requestId: 'bench',
  };
}

async function apply(records: readonly TouchpointResolved[]): Promise<void> {
  await inTransaction(pool, (client) =>
    applyRecords(client, { generation, catalog, calendar }, { partition: 0, records }, new Set()),
  );
}

async function measure(name: string, records: readonly TouchpointResolved[]): Promise<void> {
  const position = await pool.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  const node = process.cpuUsage();
  const server = serverCpuMs(postmaster);
  for (const record of records) await apply([record]);
  const used = process.cpuUsage(node);
  const wal = await pool.query<{ bytes: string }>(
    'select pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::text as bytes',
    [position.rows[0]?.lsn],
  );
  const nodeMicros = (used.user + used.system) / records.length;
  const serverMicros = ((serverCpuMs(postmaster) - server) * 1_000) / records.length;
  const bytes = Number(wal.rows[0]?.bytes) / records.length;
  console.log(
    `${name}: node ${nodeMicros.toFixed(0)} µs + Postgres ${serverMicros.toFixed(0)} µs, ${bytes.toFixed(0)} bytes of WAL`,
  );
}

for (const length of lengths.length === 0 ? [1, 365, 3_650] : lengths.map(Number)) {
  const people = Array.from({ length: samples }, (_value, index) => uuidOf(`person ${length} ${index}`));
  const [daily = ''] = people;
  for (let day = 0; day < length; day += 500) {
    const days = Array.from({ length: Math.min(500, length - day) }, (_value, index) => day + index);
    await apply(days.map((one) => pageView(daily, one)));
  }
  await pool.query('analyze');
  for (let warmUp = 0; warmUp < 50; warmUp++) await apply([pageView(daily, length - 1)]);
  const again = Array.from({ length: samples }, () => pageView(daily, length - 1));
  await measure(`${length} days, another on the last day`, again);
  const next = Array.from({ length: samples }, (_value, index) => pageView(daily, length + index));
  await measure(`${length} days, one on each of the next ${samples} days`, next);
}
await pool.end();
