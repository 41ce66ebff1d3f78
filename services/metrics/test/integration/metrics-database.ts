/** A migrated database of its own for a test file, with a generation of figures for each history. */
import { consumerMigrations } from '@throughline/event-log';
import { createPool, runMigrations, createConsumerPool } from '@throughline/postgres';
import { createTestDatabase } from '@throughline/testkit';
import type { Pool } from 'pg';
import type { FigureContext } from '../../src/consume/apply-records.ts';
import type { AsOf } from '../../src/core/as-of.ts';
import { createReportingCalendar } from '../../src/core/calendar.ts';
import { functionVersion, type WantedSettings } from '../../src/core/generation-settings.ts';
import type { SeriesKey } from '../../src/core/series.ts';
import { claimGeneration } from '../../src/db/claim-generation.ts';
import { openGeneration } from '../../src/db/open-generation.ts';
import { readSeries } from '../../src/db/read-series.ts';
import { migrationsDirectory } from '../../src/start.ts';
import { comparedDays, settings } from '../expected-figures.ts';
import { maintainedFigures, type CellChange } from '../maintained-figures.ts';

export interface MetricsDatabase {
  connectionString: string;
  pool: Pool;
  /** As the consumer's, with its plans. */
  consumerPool: Pool;
  drop(): Promise<void>;
}

export async function createMetricsDatabase(): Promise<MetricsDatabase> {
  const database = await createTestDatabase();
  const { connectionString } = database;
  const onError = (): void => {};
  const pool = createPool({ connectionString, applicationName: 'metrics-test', onError });
  const consumerPool = createConsumerPool({ connectionString, applicationName: 'metrics-test', onError });
  await runMigrations(pool, { schema: 'metrics', directories: [consumerMigrations, migrationsDirectory] });
  return {
    connectionString,
    pool,
    consumerPool,
    async drop() {
      await consumerPool.end();
      await pool.end();
      await database.drop();
    },
  };
}

export const wantedSettings: WantedSettings = {
  ...settings,
  activities: settings.activities.map(({ id: _id, ...activity }) => activity),
  functionVersion,
  timeZone: 'UTC',
};

/** Another, empty generation becomes the current one, over no facts. */
export async function createFigures(pool: Pool): Promise<FigureContext> {
  await pool.query('truncate metrics.fact');
  await pool.query(`update metrics.generation set state = 'retired'`);
  const id = await claimGeneration(pool, wantedSettings);
  const { generation, catalog } = await openGeneration(pool, id);
  return { generation, catalog, calendar: createReportingCalendar('UTC', 6) };
}

const longestWindow = Math.max(...settings.windows);

/** @param asOf null for the figures now */
export async function readFigures(
  pool: Pool,
  { generation, catalog }: FigureContext,
  asOf: AsOf | null = null,
): Promise<string[]> {
  const { rows } = await pool.query<SeriesKey & { id: number }>(
    'select id, figure, dimensions from metrics.series where generation = $1 order by id',
    [generation.id],
  );
  const days = { from: comparedDays.from - longestWindow, to: comparedDays.to };
  const isCohort = ({ figure }: SeriesKey): boolean => figure.startsWith('cohort.');
  const idsOf = (kept: (key: SeriesKey) => boolean) => rows.filter(kept).map(({ id }) => id);
  const plain = await readSeries(
    pool,
    idsOf((key) => !isCohort(key)),
    days,
    asOf,
  );
  const changes = [
    ...plain.map((change) => ({ ...change, cell: 0 })),
    ...(await readCohortChanges(pool, idsOf(isCohort), asOf?.epoch ?? null)),
  ];
  // In the database too there may be series that this process has not seen.
  const nameOf = ({ figure, dimensions }: SeriesKey) =>
    [
      figure,
      ...Object.entries(dimensions)
        .map((entry) => entry.join('='))
        .toSorted(),
    ].join('\n');
  const keys = [...catalog.keys];
  const places = new Map(keys.map((key, number) => [nameOf(key), number]));
  const numbers = new Map(
    rows.map((row) => [row.id, places.get(nameOf(row)) ?? keys.push(row) - 1] as const),
  );
  return maintainedFigures(
    { ...catalog, keys },
    changes.map((change) => ({ ...change, series: numbers.get(change.series) ?? -1 })),
  );
}

async function readCohortChanges(
  pool: Pool,
  ids: readonly number[],
  epoch: number | null,
): Promise<CellChange[]> {
  const { rows } = await pool.query<CellChange>(
    `select series, day, cell, sum(amount)::bigint as amount from (
       select series, epoch, day, cell, amount from metrics.cohort_change
       union all
       select series, epoch, part.day, part.cell, part.amount
       from metrics.delta cross join lateral unnest(days, cells, amounts) as part (day, cell, amount)) as change
     where series = any($1::int[]) and ($2::bigint is null or epoch < $2)
     group by 1, 2, 3 order by 2`,
    [ids, epoch],
  );
  return rows;
}

/** What is written from now on is in another epoch. */
export async function endEpoch(pool: Pool, { generation }: FigureContext): Promise<void> {
  await pool.query('update metrics.epoch set ends_at = clock_timestamp() where generation = $1', [
    generation.id,
  ]);
}
