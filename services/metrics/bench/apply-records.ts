/**
 * Feeds synthetic records straight into the handler on a real Postgres and prints CPU per touchpoint of both processes.
 *
 *   node bench/apply-records.ts postgres://user@host/database [touchpoints]
 *
 * The database is written to: schema `metrics` is dropped first.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  defaultJourneyMap,
  engagementActivity,
  purchaseActivity,
  type ResolvedRecord,
} from '@throughline/contracts';
import { inTransaction, runMigrations, createConsumerPool } from '@throughline/postgres';
import { applyRecords } from '../src/consume/apply-records.ts';
import { createReportingCalendar } from '../src/core/calendar.ts';
import { pinSettings } from '../src/core/pinned-settings.ts';
import { createSeriesCatalog } from '../src/core/series.ts';
import { claimGeneration } from '../src/db/claim-generation.ts';
import { foldDeltas } from '../src/db/fold-deltas.ts';
import { syntheticRecords } from './synthetic-records.ts';

const connectionString = process.argv[2];
if (connectionString === undefined)
  throw new Error('usage: node bench/apply-records.ts postgres://… [touchpoints]');
const touchpoints = Number(process.argv[3] ?? 100_000);
const batchSize = 1_000;

const settings = {
  activities: [purchaseActivity, engagementActivity],
  windows: [7, 30, 90, 365],
  journeyMap: defaultJourneyMap,
};
const catalog = createSeriesCatalog(settings);
const calendar = createReportingCalendar('UTC', 6);

for (const [name, days] of [
  ['random days over 540', 540],
  ['all on one day', 1],
] as const) {
  const pool = createConsumerPool({
    connectionString,
    applicationName: 'metrics-bench',
    onError: console.error,
  });
  await pool.query('drop schema if exists metrics cascade');
  await runMigrations(pool, {
    schema: 'metrics',
    directories: [fileURLToPath(new URL('../migrations', import.meta.url))],
  });
  const generation = await claimGeneration(
    pool,
    pinSettings(settings, { timeZone: 'UTC', weekStart: 'monday' }),
    catalog.keys,
  );
  const records = [
    ...syntheticRecords({ touchpoints, people: touchpoints / 3, days, lastInstant: Date.now(), seed: 7 }),
  ];
  const batches: string[][] = [];
  for (let start = 0; start < records.length; start += batchSize) {
    batches.push(records.slice(start, start + batchSize).map((record) => JSON.stringify(record)));
  }
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const backend = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8');
  const postmaster = backend.slice(backend.lastIndexOf(')') + 2).split(' ')[1] ?? '';
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
    folds += await foldDeltas(pool, {
      generation: generation.id,
      minDeltas: 2_000,
      maxAgeMs: 10_000,
      maxDeltas: 2_000,
    });
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(node);
  const nodeMicros = (used.user + used.system) / touchpoints;
  const serverMicros = ((serverCpuMs(postmaster) - server) * 1_000) / touchpoints;
  console.log(
    `${name}: ${Math.round(touchpoints / seconds)}/s, node ${nodeMicros.toFixed(1)} µs + Postgres ${serverMicros.toFixed(1)} µs a touchpoint, ${folds} deltas folded`,
  );
  await pool.end();
}

/** User and system time of the server's processes, ended ones included, ms (Linux, server on this machine). */
function serverCpuMs(postmaster: string): number {
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']).toString());
  let ticks = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (entry === postmaster) ticks += Number(fields[13]) + Number(fields[14]);
      else if (fields[1] === postmaster) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process ended between the two reads.
    }
  }
  return (ticks / ticksPerSecond) * 1_000;
}
