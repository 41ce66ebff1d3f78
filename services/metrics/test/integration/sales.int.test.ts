import { topics, type TouchpointResolved } from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../resolved-histories.ts';
import { askMetrics, eventually, startMetricsProcess, type MetricsProcess } from './metrics-process.ts';

let database: TestDatabase;
let pool: Pool;
let log: EventLog;
let metrics: MetricsProcess;
let sent = 0;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Receipt {
  number: number;
  day: string;
  store: string;
  total: string;
  kind?: 'refund' | 'void';
  amends?: number;
  isLate?: boolean;
}

function receipt({ number, day, store, total, kind, amends, isLate = false }: Receipt): TouchpointResolved {
  const identifier = idOf('c', number);
  sent += 1;
  return {
    kind: 'touchpoint.resolved',
    shard: 's',
    sequence: sent,
    touchpoint: {
      key: idOf('d', sent),
      id: `receipt-${sent}`,
      source: 'tills',
      type: 'receipt',
      name: null,
      channel: 'store',
      occurredAt: `${day}T12:00:00.000Z`,
      receivedAt: isLate ? '2026-03-20T00:00:00.000Z' : `${day}T12:00:01.000Z`,
      trust: 'server',
      properties: {
        currency: 'EUR',
        total,
        units: 2,
        store,
        register: '1',
        ...(kind === undefined ? {} : { kind }),
      },
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    // An anonymous receipt is a profile of its own, and not a customer.
    memberships: [
      {
        identifier,
        version: 0,
        root: identifier,
        profile: identifier,
        identifying: false,
        type: 'receipt_id',
      },
    ],
    transaction: identifier,
    amends: amends === undefined ? null : idOf('c', amends),
    requestId: 'request',
  };
}

async function send(records: readonly TouchpointResolved[]): Promise<void> {
  await log.appendToPartition(
    topics.resolved,
    0,
    records.map((record) => ({ key: 'k', value: JSON.stringify(record) })),
  );
  await eventually(async () => {
    const { body } = await askMetrics(metrics, 'freshness');
    return (body as { pendingRecords: number }).pendingRecords === 0 ? true : null;
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  const { connectionString } = database;
  pool = createPool({ connectionString, applicationName: 'metrics-test', onError: () => {} });
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silent });
  metrics = await startMetricsProcess(connectionString, { THROUGHLINE_WEEK_START: 'sunday' });
  await send([
    receipt({ number: 1, day: '2026-03-02', store: 'S1', total: '10.00' }),
    receipt({ number: 2, day: '2026-03-02', store: 'S2', total: '7.50' }),
    receipt({ number: 3, day: '2026-03-03', store: 'S1', total: '20.00' }),
    receipt({ number: 4, day: '2026-03-09', store: 'S1', total: '-4.00', kind: 'refund', amends: 1 }),
    // It names a sale that comes later.
    receipt({ number: 5, day: '2026-03-03', store: 'S2', total: '0', kind: 'void', amends: 6 }),
  ]);
  await send([
    receipt({ number: 6, day: '2026-03-03', store: 'S2', total: '99.00' }),
    receipt({ number: 7, day: '2026-03-10', store: 'S1', total: '5.00' }),
  ]);
});
afterAll(async () => {
  await metrics.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

const eur = (revenue: number, refunds: number) => ({
  EUR: { revenue, refunds, net: revenue + refunds, tax: 0, discount: 0, cost: 0 },
});

describe('sales', () => {
  test('of a day are those of the tills: a void takes its sale out, a refund counts on its own day', async () => {
    const { body } = await askMetrics(metrics, 'sales?from=2026-03-02&to=2026-03-10');
    const { periods } = body as { periods: { start: string; transactions: number }[] };
    expect(periods).toHaveLength(9);
    expect(periods[0]).toEqual({
      start: '2026-03-02',
      transactions: 2,
      repeatTransactions: 0,
      // The receipts have no customers.
      customers: 0,
      refunds: 0,
      units: 4,
      currencies: eur(1_750, 0),
      partial: false,
    });
    expect(periods[1]).toMatchObject({ transactions: 1, currencies: eur(2_000, 0) });
    expect(periods[7]).toMatchObject({ transactions: 0, refunds: 1, units: -2, currencies: eur(0, -400) });
  });

  test('of a week begin on the day that the figures were made with', async () => {
    const { body } = await askMetrics(metrics, 'sales?period=week&from=2026-03-01&to=2026-03-14');
    expect((body as { periods: unknown[] }).periods).toMatchObject([
      { start: '2026-03-01', transactions: 3, currencies: eur(3_750, 0), partial: false },
      { start: '2026-03-08', transactions: 1, currencies: eur(500, -400), partial: false },
    ]);
  });

  test('are given by store, and sum to the whole', async () => {
    const { body } = await askMetrics(
      metrics,
      'sales?period=month&groupBy=store&from=2026-03-01&to=2026-03-31',
    );
    expect((body as { groups: unknown[] }).groups).toMatchObject([
      { group: { store: 'S1' }, periods: [{ transactions: 3, currencies: eur(3_500, -400) }] },
      { group: { store: 'S2' }, periods: [{ transactions: 1, currencies: eur(750, 0) }] },
    ]);
  });

  test('are given by register of its store, so that equal numbers of two stores are two', async () => {
    const question = 'sales?period=month&groupBy=register&from=2026-03-01&to=2026-03-31';
    const { body } = await askMetrics(metrics, question);
    expect((body as { groups: unknown[] }).groups).toMatchObject([
      { group: { store: 'S1', register: '1' }, periods: [{ transactions: 3, currencies: eur(3_500, -400) }] },
      { group: { store: 'S2', register: '1' }, periods: [{ transactions: 1, currencies: eur(750, 0) }] },
    ]);
    const { text } = await askMetrics(metrics, `${question}&format=csv`);
    expect(text.split('\r\n').map((row) => row.split(',')[1])).toEqual(['group', 'S1:1', 'S2:1', undefined]);
  });

  test('are rows of CSV by period, group and currency', async () => {
    const { text } = await askMetrics(
      metrics,
      'sales?period=month&groupBy=channel&from=2026-03-01&to=2026-03-31&format=csv',
    );
    expect(text).toBe(
      'start,group,currency,transactions,refundTransactions,units,revenue,refunds,net,tax,discount,cost,repeatTransactions,customers,partial\r\n' +
        '2026-03-01,store,EUR,4,1,6,4250,-400,3850,0,0,0,,,false\r\n',
    );
  });

  test('of a closed day change only with a restatement, which names the place, the amount and the receipt', async () => {
    const series = 'restatements?figure=sales.revenue&currency=EUR&store=S9&register=1&channel=store';
    const none = await askMetrics(metrics, `${series}&from=2026-03-01&to=2026-03-14`);
    expect(none.body).toMatchObject({ items: [], nextCursor: null });
    await send([receipt({ number: 9, day: '2026-03-05', store: 'S9', total: '3.00', isLate: true })]);
    const { body } = await askMetrics(metrics, `${series}&from=2026-03-01&to=2026-03-14`);
    expect(body).toMatchObject({
      items: [
        {
          figure: 'sales.revenue',
          dimensions: { currency: 'EUR', store: 'S9', register: '1', channel: 'store' },
          from: '2026-03-05',
          to: '2026-03-14',
          change: 300,
          cause: 'late_touchpoint',
          reasons: [`receipt-${sent}`],
        },
      ],
      nextCursor: null,
    });
    await send([
      receipt({ number: 10, day: '2026-03-08', store: 'S9', total: '0', kind: 'void', amends: 9 }),
    ]);
    const { body: voided } = await askMetrics(metrics, `${series}&from=2026-03-01&to=2026-03-14`);
    expect((voided as { items: unknown[] }).items).toContainEqual(
      expect.objectContaining({
        from: '2026-03-05',
        to: '2026-03-14',
        change: -300,
        cause: 'amended_receipt',
        reasons: [`receipt-${sent}`],
      }),
    );
  });

  test.each(['period=year', 'groupBy=tier', 'period=day&period=week'])('are refused by %s', async (asked) => {
    expect((await askMetrics(metrics, `sales?${asked}`)).status).toBe(400);
  });
});
