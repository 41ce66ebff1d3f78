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

export class FilledFigures {
  readonly pool: Pool;
  readonly figures: FigureContext;
  readonly size: YearSize;
  readonly #consumerPool: Pool;
  readonly #postmaster: string;

  private constructor(
    pools: { pool: Pool; consumerPool: Pool },
    { figures, size, postmaster }: { figures: FigureContext; size: YearSize; postmaster: string },
  ) {
    this.pool = pools.pool;
    this.#consumerPool = pools.consumerPool;
    this.figures = figures;
    this.size = size;
    this.#postmaster = postmaster;
  }

  static async open(
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
    return new FilledFigures({ pool, consumerPool }, { figures, size, postmaster });
  }

  /** How many touchpoints of the year it holds; below 0 where the daily visitor is not in it yet. */
  async filled(): Promise<number> {
    const { rows } = await this.pool.query<{ next: number }>(
      'select coalesce(max(first + touchpoints), $1)::int as next from metrics.bench_slice',
      [-dailyDays],
    );
    return rows[0]?.next ?? -dailyDays;
  }

  /** Adds touchpoints of the year, and writes down what they cost. */
  async fill(touchpoints: number): Promise<void> {
    const next = await this.filled();
    if (next < 0) await this.#fillSlice(next, 0);
    const first = Math.max(0, next);
    await this.#fillSlice(first, Math.min(first + touchpoints, this.size.touchpoints));
  }

  /** Of the touchpoints of the year from one to another. */
  async costs(from: number, to: number): Promise<Cost> {
    const { rows } = await this.pool.query<Cost>(
      `select coalesce(sum(touchpoints), 0)::float8 as touchpoints, coalesce(sum(node_us), 0)::float8 as "nodeMicros",
              coalesce(sum(server_us), 0)::float8 as "serverMicros"
       from metrics.bench_slice where first >= $1 and first < $2`,
      [from, to],
    );
    return rows[0] ?? { touchpoints: 0, nodeMicros: 0, serverMicros: 0 };
  }

  /** Each in a batch of its own. */
  async measure(records: readonly TouchpointResolved[]): Promise<Cost> {
    return await this.#measured(
      records.length,
      records.map((record) => [record]),
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.#consumerPool.end()]);
  }

  async #fillSlice(first: number, end: number): Promise<void> {
    const batches: TouchpointResolved[][] = [];
    for (let start = first; start < end; start += batchSize) {
      const length = Math.min(batchSize, end - start);
      batches.push(Array.from({ length }, (_value, index) => yearlyRecord(start + index, this.size)));
    }
    const { touchpoints, nodeMicros, serverMicros } = await this.#measured(end - first, batches);
    await this.pool.query('insert into metrics.bench_slice values ($1, $2, $3, $4)', [
      first,
      touchpoints,
      nodeMicros,
      serverMicros,
    ]);
  }

  async #measured(touchpoints: number, batches: readonly (readonly TouchpointResolved[])[]): Promise<Cost> {
    const [node, before] = [process.cpuUsage(), serverCpuMs(this.#postmaster)];
    for (const batch of batches) await this.#apply(batch);
    const { user, system } = process.cpuUsage(node);
    const serverMicros = (serverCpuMs(this.#postmaster) - before) * 1_000;
    return { touchpoints, nodeMicros: user + system, serverMicros };
  }

  async #apply(records: readonly TouchpointResolved[]): Promise<void> {
    await inTransaction(this.#consumerPool, (client) =>
      applyRecords(client, this.figures, { partition: 0, records }, new Set()),
    );
    await foldDeltas(this.pool, { generation: this.figures.generation.id, ...folding });
  }
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
