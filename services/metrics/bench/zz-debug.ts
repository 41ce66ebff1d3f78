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
import { inTransaction, runMigrations } from '@throughline/postgres';
import { applyRecords } from '/work/main/services/metrics/src/consume/apply-records.ts';
import { createReportingCalendar } from '/work/main/services/metrics/src/core/calendar.ts';
import { pinSettings } from '/work/main/services/metrics/src/core/pinned-settings.ts';
import { createSeriesCatalog } from '/work/main/services/metrics/src/core/series.ts';
import { claimGeneration } from '/work/main/services/metrics/src/db/claim-generation.ts';
import { createConsumerPool } from '/work/main/services/metrics/src/db/create-consumer-pool.ts';
import { foldDeltas } from '/work/main/services/metrics/src/db/fold-deltas.ts';
import { syntheticRecords } from '/work/main/services/metrics/bench/synthetic-records.ts';

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

for (const [name, days] of [['random days over 540', 540]] as const) {
  const pool = createConsumerPool({
    connectionString,
    applicationName: 'metrics-bench',
    onError: console.error,
  });
  const times = new Map<string, number>();
  pool.on('connect', (c: any) => {
    const q = c.query.bind(c);
    c.query = (...a: any[]) => {
      const n = a[0]?.name ?? String(a[0]?.text ?? a[0]).slice(0, 40);
      const t = performance.now();
      const r = q(...a);
      if (r?.then)
        r.then(
          () => times.set(n, (times.get(n) ?? 0) + performance.now() - t),
          () => {},
        );
      return r;
    };
  });
  await pool.query('drop schema if exists metrics cascade');
  await runMigrations(pool, {
    schema: 'metrics',
    directories: [fileURLToPath(new URL('file:///work/main/services/metrics/migrations'))],
  });
  const generation = await claimGeneration(
    pool,
    pinSettings(settings, { timeZone: 'UTC', weekStart: 'monday' }),
    catalog.keys,
  );
  const records = [
    ...syntheticRecords({ touchpoints, people: touchpoints / 3, days, lastInstant: Date.now(), seed: 7 }),
  ];
  await pool.query('select 1');
  const batches: string[][] = [];
  for (let start = 0; start < records.length; start += batchSize) {
    batches.push(records.slice(start, start + batchSize).map((record) => JSON.stringify(record)));
  }
  const server = serverCpuMs();
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
  const serverMicros = ((serverCpuMs() - server) * 1_000) / touchpoints;
  console.log(
    `${name}: ${Math.round(touchpoints / seconds)}/s, node ${nodeMicros.toFixed(1)} µs + Postgres ${serverMicros.toFixed(1)} µs a touchpoint, ${folds} deltas folded`,
  );
  for (const [n, t] of [...times].sort((a, b) => b[1] - a[1]).slice(0, 16))
    console.log(((t * 1000) / touchpoints).toFixed(2), 'us', n.replace(/\s+/g, ' '));
  await pool.end();
}

/** User and system time of all Postgres processes of this machine (Linux), ms. */
function serverCpuMs(): number {
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']).toString());
  let ticks = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      if (!/\(postgres/.test(stat)) continue;
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
    } catch {
      // The process ended between the two reads.
    }
  }
  return (ticks / ticksPerSecond) * 1_000;
}
