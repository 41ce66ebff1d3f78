/**
 * Feeds synthetic records straight into the handler on a real Postgres and prints CPU per touchpoint of both processes.
 *
 *   node bench/apply-records.ts postgres://user@host/database [touchpoints]
 *
 * The database is written to: schema `metrics` is dropped first.
 */
import { fileURLToPath } from 'node:url';
import { defaultJourneyMap, shippedActivities, type ResolvedRecord } from '@throughline/contracts';
import { consumerMigrations } from '@throughline/event-log';
import { inTransaction, runMigrations, createConsumerPool } from '@throughline/postgres';
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

const settings = {
  functionVersion,
  timeZone: 'UTC',
  weekStart: 'monday',
  activities: shippedActivities,
  windows: [7, 30, 90, 365],
  cohorts: parseConfig({ DATABASE_URL: connectionString, THROUGHLINE_READ_KEY: `rk_${'0'.repeat(32)}` })
    .cohorts,
  journeyMap: defaultJourneyMap,
};
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
    directories: [consumerMigrations, fileURLToPath(new URL('../migrations', import.meta.url))],
  });
  const { generation, catalog } = await openGeneration(pool, await claimGeneration(pool, settings));
  const records = [
    ...syntheticRecords({ touchpoints, people: touchpoints / 3, days, lastInstant: Date.now(), seed: 7 }),
  ];
  const batches: string[][] = [];
  for (let start = 0; start < records.length; start += batchSize) {
    batches.push(records.slice(start, start + batchSize).map((record) => JSON.stringify(record)));
  }
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
