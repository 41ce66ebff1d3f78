/**
 * Feeds synthetic records straight into the handler on a real Postgres and prints CPU per touchpoint of both processes, and
 * where the server has pg_stat_statements its statements, dearest first.
 *
 *   node [--cpu-prof] bench/apply-records.ts postgres://user@host/database [touchpoints]
 *
 * The database is written to: schema `metrics` is dropped first.
 */
import { fileURLToPath } from 'node:url';
import { defaultJourneyMap, shippedActivities, type ResolvedRecord } from '@throughline/contracts';
import { consumerMigrations } from '@throughline/event-log';
import { inTransaction, runMigrations, createConsumerPool, createPool } from '@throughline/postgres';
import type { Pool } from 'pg';
import { parseConfig } from '../src/config.ts';
import { applyRecords } from '../src/consume/apply-records.ts';
import { createReportingCalendar } from '../src/core/calendar.ts';
import { functionVersion } from '../src/core/generation-settings.ts';
import { claimGeneration } from '../src/db/claim-generation.ts';
import { openGeneration } from '../src/db/open-generation.ts';
import { foldDeltas } from '../src/db/fold-deltas.ts';
import { findPostmaster, serverCpuMs } from './server-cpu.ts';
import { syntheticRecords } from './synthetic-records.ts';

const connectionString = process.argv[2];
if (connectionString === undefined)
  throw new Error('usage: node bench/apply-records.ts postgres://… [touchpoints]');
const touchpoints = Number(process.argv[3] ?? 100_000);
const batchSize = 1_000;
/** As in the service. */
const foldOptions = { minDeltas: 10_000, maxAgeMs: 15_000, maxDeltas: 10_000 };
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

for (const [name, days, purchases] of [
  ['orders on random days over 540', 540, 1],
  ['random days over 540', 540, 0.5],
  ['all on one day', 1, 0.5],
] as const) {
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
  const records = [
    ...syntheticRecords({
      touchpoints,
      people: touchpoints / 3,
      days,
      purchases,
      lastInstant: Date.now(),
      seed: 7,
    }),
  ];
  const batches: string[][] = [];
  for (let start = 0; start < records.length; start += batchSize) {
    batches.push(records.slice(start, start + batchSize).map((record) => JSON.stringify(record)));
  }
  const foldingPool = createPool({
    connectionString,
    applicationName: 'metrics-bench',
    onError: console.error,
  });
  const hasStatements = await startStatements(pool);
  const position = await pool.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
  const postmaster = await findPostmaster(pool);
  const server = serverCpuMs(postmaster);
  const node = process.cpuUsage();
  const startedAt = performance.now();
  let folds = 0;
  for (const batch of batches) {
    await inTransaction(pool, async (client) => {
      const parsed = batch.map((text) => JSON.parse(text) as ResolvedRecord);
      await applyRecords(
        client,
        { generation, catalog, calendar },
        { partition: 0, records: parsed },
        new Set(),
      );
    });
    folds += await foldDeltas(foldingPool, { generation: generation.id, ...foldOptions });
  }
  folds += await foldDeltas(foldingPool, { generation: generation.id, ...foldOptions, minDeltas: 1 });
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(node);
  const nodeMicros = (used.user + used.system) / touchpoints;
  const serverMicros = ((serverCpuMs(postmaster) - server) * 1_000) / touchpoints;
  const wal = await pool.query<{ bytes: number }>(
    'select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::float8 as bytes',
    [position.rows[0]?.lsn],
  );
  console.log(
    `${name}: ${Math.round(touchpoints / seconds)}/s, node ${nodeMicros.toFixed(1)} µs + Postgres ${serverMicros.toFixed(1)} µs a touchpoint, ` +
      `${((wal.rows[0]?.bytes ?? 0) / touchpoints).toFixed(0)} bytes of WAL, ${folds} deltas folded`,
  );
  if (hasStatements) await printStatements(pool);
  await Promise.all([pool.end(), foldingPool.end()]);
}

/** @returns whether the server keeps statistics of statements */
async function startStatements(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ libraries: string }>(
    `select current_setting('shared_preload_libraries') as libraries`,
  );
  if (rows[0]?.libraries.includes('pg_stat_statements') !== true) return false;
  await pool.query('create extension if not exists pg_stat_statements');
  await pool.query('select pg_stat_statements_reset()');
  return true;
}

async function printStatements(pool: Pool): Promise<void> {
  const { rows } = await pool.query<object>(
    `select calls, round((total_exec_time * 1000 / $1::int)::numeric, 1)::float8 as "µs", round(rows::numeric / $1::int, 2)::float8 as rows,
            round(wal_bytes / $1::int)::float8 as wal, left(regexp_replace(query, '\\s+', ' ', 'g'), 90) as statement
     from pg_stat_statements order by total_exec_time desc limit 12`,
    [touchpoints],
  );
  console.table(rows);
}
