/** A database of its own on the server, filled by the code that applies batches, slice by slice: what is there is not filled again. */
import { defaultJourneyMap, shippedActivities, type TouchpointResolved } from '@throughline/contracts';
import { consumerMigrations } from '@throughline/event-log';
import { createConsumerPool, createPool, inTransaction, runMigrations } from '@throughline/postgres';
import type { Pool } from 'pg';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { createReportingCalendar } from '../../src/core/calendar.ts';
import { functionVersion, type WantedSettings } from '../../src/core/generation-settings.ts';
import { claimGeneration } from '../../src/db/claim-generation.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { openGeneration } from '../../src/db/open-generation.ts';
import { migrationsDirectory } from '../../src/start.ts';
import { parseConfig } from '../../src/config.ts';
import { findPostmaster, serverCpuMs } from '../server-cpu.ts';
import { dailyDays, yearlyRecord, type YearSize } from './yearly-records.ts';

/** CPU of both processes. */
export interface Cost {
  touchpoints: number;
  nodeMicros: number;
  serverMicros: number;
}

export interface FilledFigures {
  pool: Pool;
  figures: FigureContext;
  size: YearSize;
  /** How many touchpoints of the year it holds. */
  filled: () => Promise<number>;
  /** Adds touchpoints of the year, and what they cost to what is written down; of those of the daily visitor nothing is. */
  fill: (touchpoints: number) => Promise<void>;
  /** Of the touchpoints of the year from one to another. */
  costs: (from: number, to: number) => Promise<Cost>;
  measure: (records: readonly TouchpointResolved[]) => Promise<Cost>;
  close: () => Promise<void>;
}

const batchSize = 1_000;
/** As in the service. */
const folding = { minDeltas: 10_000, maxAgeMs: 15_000, maxDeltas: 10_000 };

/** With the settings of a deployment that sets none. */
export function defaultSettings(connectionString: string): WantedSettings {
  const { windows, cohorts } = parseConfig({
    DATABASE_URL: connectionString,
    THROUGHLINE_READ_KEY: 'rk_0123456789abcdef0123456789abcdef',
  });
  return {
    functionVersion,
    timeZone: 'UTC',
    weekStart: 'monday',
    windows,
    cohorts,
    groupings: [],
    activities: shippedActivities,
    journeyMap: defaultJourneyMap,
  };
}

export async function openFilled(
  server: string,
  name: string,
  size: YearSize,
  settings: WantedSettings,
): Promise<FilledFigures> {
  const connectionString = await ensureDatabase(server, name);
  const options = { connectionString, applicationName: 'metrics-bench', onError: console.error };
  const [pool, consumerPool] = [createPool(options), createConsumerPool(options)];
  await runMigrations(pool, { schema: 'metrics', directories: [consumerMigrations, migrationsDirectory] });
  await pool.query(`create table if not exists metrics.bench_slice
    (first bigint primary key, touchpoints bigint not null, node_us float8 not null, server_us float8 not null)`);
  const { generation, catalog } = await openGeneration(pool, await claimGeneration(pool, settings));
  const figures = { generation, catalog, calendar: createReportingCalendar('UTC', 6) };
  const postmaster = await findPostmaster(pool);

  async function apply(records: readonly TouchpointResolved[]): Promise<void> {
    await inTransaction(consumerPool, (client) =>
      applyRecords(client, figures, { partition: 0, records }, new Set()),
    );
    await foldDeltas(pool, { generation: generation.id, ...folding });
  }

  async function measured(work: () => Promise<number>): Promise<Cost> {
    const [node, before] = [process.cpuUsage(), serverCpuMs(postmaster)];
    const touchpoints = await work();
    const { user, system } = process.cpuUsage(node);
    return {
      touchpoints,
      nodeMicros: user + system,
      serverMicros: (serverCpuMs(postmaster) - before) * 1_000,
    };
  }

  async function filled(): Promise<number> {
    const { rows } = await pool.query<{ next: number }>(
      'select coalesce(max(first + touchpoints), $1)::int as next from metrics.bench_slice',
      [-dailyDays],
    );
    return rows[0]?.next ?? -dailyDays;
  }

  async function fillTo(first: number, end: number): Promise<void> {
    const batches: TouchpointResolved[][] = [];
    for (let start = first; start < end; start += batchSize) {
      const length = Math.min(batchSize, end - start);
      batches.push(Array.from({ length }, (_value, index) => yearlyRecord(start + index, size)));
    }
    const cost = await measured(async () => {
      for (const batch of batches) await apply(batch);
      return end - first;
    });
    await pool.query('insert into metrics.bench_slice values ($1, $2, $3, $4)', [
      first,
      cost.touchpoints,
      cost.nodeMicros,
      cost.serverMicros,
    ]);
  }

  return {
    pool,
    figures,
    size,
    filled,
    async fill(touchpoints) {
      let first = await filled();
      if (first < 0) await fillTo(first, 0);
      first = Math.max(0, first);
      await fillTo(first, Math.min(first + touchpoints, size.touchpoints));
    },
    async costs(from, to) {
      const { rows } = await pool.query<Cost>(
        `select coalesce(sum(touchpoints), 0)::float8 as touchpoints, coalesce(sum(node_us), 0)::float8 as "nodeMicros",
                coalesce(sum(server_us), 0)::float8 as "serverMicros"
         from metrics.bench_slice where first >= $1 and first < $2`,
        [from, to],
      );
      return rows[0] ?? { touchpoints: 0, nodeMicros: 0, serverMicros: 0 };
    },
    measure: (records) =>
      measured(async () => {
        for (const record of records) await apply([record]);
        return records.length;
      }),
    async close() {
      await Promise.all([pool.end(), consumerPool.end()]);
    },
  };
}

async function ensureDatabase(server: string, name: string): Promise<string> {
  const pool = createPool({
    connectionString: server,
    applicationName: 'metrics-bench',
    onError: console.error,
  });
  const { rows } = await pool.query('select from pg_database where datname = $1', [name]);
  if (rows.length === 0) await pool.query(`create database ${name}`);
  await pool.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
