/**
 * How long it takes to value customers when a day closes, and to list the profiles behind a figure.
 *
 *   node bench/valuation.ts postgres://user@host/database [customers]
 *
 * The database is written to: schema `metrics` is dropped first. Each customer has three sales on days of two years.
 */
import { defaultJourneyMap, shippedActivities } from '@throughline/contracts';
import { consumerMigrations } from '@throughline/event-log';
import { createPool, runMigrations } from '@throughline/postgres';
import { cohortCaps } from '../src/core/cohort-definition.ts';
import { functionVersion } from '../src/core/generation-settings.ts';
import { claimGeneration } from '../src/db/claim-generation.ts';
import { openGeneration } from '../src/db/open-generation.ts';
import { computeValuation } from '../src/db/compute-valuation.ts';
import { findGrowthProfiles } from '../src/db/find-growth-profiles.ts';
import { findStageProfiles } from '../src/db/find-stage-profiles.ts';
import { migrationsDirectory } from '../src/start.ts';

const connectionString = process.argv[2];
if (connectionString === undefined)
  throw new Error('usage: node bench/valuation.ts postgres://… [customers]');
const customers = Number(process.argv[3] ?? 100_000);
const [firstDay, days] = [20_000, 730];
const id = (number: string): string =>
  `(lpad(to_hex(${number}), 8, '0') || '-0000-4000-8000-000000000000')::uuid`;

const pool = createPool({ connectionString, applicationName: 'bench', onError: () => {} });
await pool.query('drop schema if exists metrics cascade');
await runMigrations(pool, { schema: 'metrics', directories: [consumerMigrations, migrationsDirectory] });
const { generation, catalog } = await openGeneration(
  pool,
  await claimGeneration(pool, {
    functionVersion,
    timeZone: 'UTC',
    weekStart: 'monday',
    groupings: [],
    activities: shippedActivities,
    windows: [7, 30, 90, 365],
    cohorts: { pairs: [], caps: cohortCaps },
    journeyMap: defaultJourneyMap,
  }),
);
const { purchase, engagement } = catalog;
const filling = await pool.connect();
await filling.query('set statement_timeout = 0');
await filling.query(
  `insert into metrics.identifier (generation, id, version, root, profile, identifying, has_own)
   select 1, ${id('number')}, 0, ${id('number')}, ${id('number')}, true, true from generate_series(1, ${customers}) as number`,
);
const sales = `generate_series(1, ${customers}) as number cross join generate_series(1, 3) as sale
  cross join lateral (select ${firstDay} + ((number * 31 + sale * sale * 97 + number / 7) % ${days})::int as day) as place`;
await filling.query(
  `insert into metrics.sales_day (generation, is_attached, activity, identifier, day, sales, refunds, units, revenue, refunded,
     tax, discount, cost, currency)
   select 1, false, ${purchase}, ${id('number')}, day, 1, 0, 1000, 500 + (number * 7919::bigint * sale) % 20000, 0, 0, 0, 0, 'EUR'
   from ${sales} on conflict do nothing`,
);
for (const activity of [purchase, engagement]) {
  await filling.query(
    `insert into metrics.activity_day (generation, is_attached, identifier, day, count, activity)
     select 1, false, ${id('number')}, day, 1, ${activity} from ${sales} on conflict do nothing`,
  );
}
await filling.query(
  `insert into metrics.stage_mark (generation, identifier, root, occurred_at, day, stage, channel, source, touchpoint_id)
   select 1, ${id('number')}, ${id('number')}, timestamptz 'epoch' + day * interval '1 day', day, 'purchase', null, 'tills',
          sale::text
   from ${sales}`,
);
await filling.query('vacuum analyze');
filling.release(true);

const lastDay = firstDay + days;
async function time(name: string, run: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await run();
  console.log(`${name}: ${Math.round(performance.now() - startedAt)} ms`);
}

console.log(`${customers} customers with three sales each`);
await time('a valuation', () => computeValuation(pool, generation.id, { activity: purchase, day: lastDay }));
const growth = { activity: purchase, window: 90, day: lastDay - 40, limit: 1_000, after: null };
for (const figure of ['active', 'churned', 'new'] as const)
  await time(`a page of the profiles behind ${figure}`, () =>
    findGrowthProfiles(pool, generation.id, { figure, ...growth }),
  );
const stages = {
  purchase,
  engagement,
  lapseDays: 90,
  lapsedStage: 'lapsed',
  relationship: null,
  limit: 1_000,
};
for (const stage of ['purchase', 'lapsed'])
  await time(`a page of the profiles in ${stage}`, () =>
    findStageProfiles(pool, generation.id, { ...stages, day: lastDay - 40, stage, after: null }),
  );
await pool.end();
