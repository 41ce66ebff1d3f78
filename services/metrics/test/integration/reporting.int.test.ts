/** Every view of `reporting`, read as an analyst's tool reads it, against what the API answers. */
import { topics, type TouchpointResolved } from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatDay, parseDay } from '../../src/core/calendar.ts';
import { idOf } from '../resolved-histories.ts';
import { askMetrics, eventually, startMetricsProcess, type MetricsProcess } from './metrics-process.ts';

let database: TestDatabase;
let pool: Pool;
let log: EventLog;
let metrics: MetricsProcess;
let analyst: Client;

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const range = 'from=2026-02-20&to=2026-05-10';

beforeAll(async () => {
  database = await createTestDatabase();
  const { connectionString } = database;
  pool = createPool({ connectionString, applicationName: 'metrics-test', onError: () => {} });
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silent });
  metrics = await startMetricsProcess(connectionString, {
    THROUGHLINE_WINDOWS: '7,30',
    THROUGHLINE_TIME_ZONE: 'Europe/Berlin',
  });
  const records = [
    receipt(1, 'a', { day: '2026-03-01', total: '12.50', store: 'S1' }),
    receipt(2, 'a', { day: '2026-03-10', total: '7.25', store: 'S2' }),
    receipt(3, 'b', { day: '2026-03-05', total: '20.00', store: 'S1' }),
    receipt(4, 'b', { day: '2026-03-06', total: '-5.00', store: 'S1' }),
    receipt(5, 'c', { day: '2026-04-02', total: '3.00', store: 'S2' }),
  ];
  await log.appendToPartition(
    topics.resolved,
    0,
    records.map((record, index) => ({
      key: 'k',
      value: JSON.stringify({ ...record, shard: 's', sequence: index + 1 }),
    })),
  );
  await eventually(async () => {
    const { body } = await askMetrics(metrics, 'freshness');
    const { pendingRecords, processedThrough } = body as {
      pendingRecords: number;
      processedThrough: string | null;
    };
    return pendingRecords === 0 && processedThrough !== null ? true : null;
  });
  analyst = new Client({ connectionString });
  await analyst.connect();
  await analyst.query(`set role throughline_reporting; set datestyle to 'ISO'`);
});
afterAll(async () => {
  await analyst.end();
  await metrics.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

/** A receipt of one profile; a negative total is a refund. */
function receipt(
  number: number,
  kind: string,
  { day, total, store }: { day: string; total: string; store: string },
): TouchpointResolved {
  const identifier = idOf(kind, 1);
  return {
    kind: 'touchpoint.resolved',
    shard: 's',
    sequence: 0,
    touchpoint: {
      key: idOf('d', number),
      id: `receipt-${number}`,
      source: 'tills',
      type: 'receipt',
      name: null,
      channel: 'store',
      occurredAt: `${day}T12:00:00.000Z`,
      receivedAt: '2026-05-20T00:00:00.000Z',
      trust: 'server',
      properties: { total, store, currency: 'EUR', units: 2, tax: '1.00' },
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier, version: 0, root: identifier, profile: identifier, identifying: true, type: 'user_id' },
    ],
    transaction: idOf('e', number),
    amends: null,
    requestId: 'request',
  };
}

async function read(statement: string): Promise<Record<string, unknown>[]> {
  return (await analyst.query<Record<string, unknown>>(statement)).rows;
}

async function ask<T>(path: string): Promise<T> {
  const { body, status } = await askMetrics(metrics, path);
  expect([path, status]).toEqual([path, 200]);
  return body;
}

describe('the views of analysts', () => {
  test('have the version of their contract, and nothing else of the service can be read', async () => {
    expect(await read('select * from reporting.contract')).toEqual([{ version: 1 }]);
    await expect(analyst.query('select * from metrics.fact')).rejects.toThrow(/permission denied/);
    await expect(analyst.query('delete from reporting.profiles')).rejects.toThrow();
  });

  test.each([
    ['purchase', 7],
    ['purchase', 30],
    ['engagement', 7],
  ])(
    'have growth, churn and retention of %s by %i days as the API answers them',
    async (activity, window) => {
      const asked = `window=${window}&activity=${activity}&${range}`;
      const growth = await ask<{ days: Record<string, unknown>[] }>(`growth?${asked}`);
      const rows = await read(
        `select day::text, customers_at_start::int as "customersAtStart", active::int, retained::int, churned::int, new::int,
              reactivated::int
       from reporting.growth_daily
       where activity = '${activity}' and window_days = ${window} and day between '2026-02-20' and '2026-05-10' order by day`,
      );
      const shown = growth.days.filter(({ day }) => String(day) >= String(rows[0]?.['day']));
      expect(rows).toEqual(shown.map(({ quickRatio: _ratio, partial: _partial, ...day }) => day));
      expect(rows.length).toBeGreaterThan(60);
      const churn = await ask<{ days: { day: string; rate: number | null }[] }>(`churn?${asked}`);
      const rates = await read(
        `select day::text, churn, retention from reporting.churn_daily
       where activity = '${activity}' and window_days = ${window} and day between '2026-03-01' and '2026-05-10' order by day`,
      );
      for (const { day, churn: rate, retention } of rates) {
        const answered = churn.days.find((one) => one.day === day)?.rate ?? null;
        expect([day, rate, retention]).toEqual([day, answered, answered === null ? null : 1 - answered]);
      }
    },
  );

  test('have stages by relationship, and sales by store, as the API answers them', async () => {
    const stages = await ask<{
      days: { day: string; relationships: Record<string, Record<string, number>> }[];
    }>(`stages?${range}`);
    const rows = await read(
      `select day::text, stage, relationship, profiles::int from reporting.stages_daily where day between '2026-03-01' and '2026-05-10'`,
    );
    expect(rows.length).toBeGreaterThan(1_000);
    for (const { day, stage, relationship, profiles } of rows) {
      const answered = stages.days.find((one) => one.day === day);
      expect([day, stage, profiles]).toEqual([
        day,
        stage,
        answered?.relationships[String(relationship)]?.[String(stage)],
      ]);
    }
    const sales = await ask<{
      groups: {
        group: { store: string };
        periods: { start: string; currencies: Record<string, object> }[];
      }[];
    }>(`sales?groupBy=store&${range}`);
    const answered = sales.groups.flatMap(({ group, periods }) =>
      periods.flatMap(({ start, currencies }) =>
        Object.entries(currencies).map(([currency, amounts]) => ({
          day: start,
          ...group,
          currency,
          ...amounts,
        })),
      ),
    );
    const sold = await read(
      `select day::text, store, currency, revenue::int, refunds::int, net::int, tax::int, discount::int, cost::int
       from reporting.sales_daily`,
    );
    const byPlace = (list: readonly object[]) =>
      list
        .map((one) =>
          JSON.stringify(
            Object.fromEntries(Object.entries(one).toSorted(([left], [right]) => (left < right ? -1 : 1))),
          ),
        )
        .sort();
    expect(byPlace(sold)).toEqual(byPlace(answered));
    expect(sold.length).toBe(5);
  });

  test.each([
    ['first', 'day'],
    ['first', 'week'],
    ['first', 'month'],
    ['recurring', 'week'],
    ['recurring', 'month'],
  ])('have cohorts of mode %s by %s as the API answers them', async (mode, period) => {
    const { cohorts } = await ask<{ cohorts: { cohort: string; size: number; values: number[] }[] }>(
      `cohorts?mode=${mode}&period=${period}&${range}`,
    );
    const answered = cohorts.flatMap(({ cohort, size, values }) =>
      values.flatMap((profiles, bucket) => (profiles === 0 ? [] : [{ cohort, size, bucket, profiles }])),
    );
    const rows = await read(
      `select cohort::text, size::int, bucket, profiles::int from reporting.cohorts
       where start_activity = 'purchase' and activity = 'purchase' and mode = '${mode}' and period = '${period}'
         and cohort <= '2026-05-10' order by cohort, bucket`,
    );
    expect(rows).toEqual(answered);
    expect(answered.length).toBeGreaterThan(1);
  });

  test('have the restatements that make a closed day what it is, and what profiles bought', async () => {
    const rows = await read(
      `select from_day::text, to_day::text, change::int, cause from reporting.restatements
       where figure = 'active' and dimensions = '{"activity": "purchase", "window": 7}'`,
    );
    const { items } = await ask<{ items: { from: string; to: string; change: number; cause: string }[] }>(
      `restatements?figure=active&activity=purchase&window=7&${range}`,
    );
    const byDay = (spans: readonly (readonly [from: string, to: string, change: number])[]) => {
      const sums = new Map<string, number>();
      for (const [from, to, change] of spans)
        for (let day = parseDay(from) ?? 0; day <= (parseDay(to) ?? -1); day += 1)
          sums.set(formatDay(day), (sums.get(formatDay(day)) ?? 0) + change);
      return new Map([...sums].filter(([, change]) => change !== 0));
    };
    const viewed = rows.map(
      (row) => [String(row['from_day']), String(row['to_day']), Number(row['change'])] as const,
    );
    expect(byDay(viewed)).toEqual(byDay(items.map(({ from, to, change }) => [from, to, change] as const)));
    expect(rows.map(({ cause }) => cause)).toContain('late_touchpoint');
    const profiles = await read(
      `select profile, currency, orders::int, net::int, first_order::text, last_order::text from reporting.profiles order by net`,
    );
    expect(profiles).toEqual([
      profile('c', 1, 300, ['2026-04-02', '2026-04-02']),
      profile('b', 1, 1_500, ['2026-03-05', '2026-03-05']),
      profile('a', 2, 1_975, ['2026-03-01', '2026-03-10']),
    ]);
  });
});

function profile(kind: string, orders: number, net: number, [first, last]: readonly [string, string]) {
  return { profile: idOf(kind, 1), currency: 'EUR', orders, net, first_order: first, last_order: last };
}
