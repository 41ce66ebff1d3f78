import { topics, type ResolvedRecord } from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatDay, parseDay } from '../../src/core/calendar.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { functionVersion } from '../../src/core/generation-settings.ts';
import { figureDefinitions } from '../../src/core/figure-definitions.ts';
import { idOf } from '../resolved-histories.ts';
import {
  adminKey,
  askMetrics,
  eventually,
  readKey,
  startMetricsProcess,
  type MetricsProcess,
} from './metrics-process.ts';

let database: TestDatabase;
let pool: Pool;
let log: EventLog;
let metrics: MetricsProcess;

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const ann = idOf('a', 1);
const bob = idOf('a', 2);

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.connectionString,
    applicationName: 'metrics-test',
    onError: () => {},
  });
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silent });
  metrics = await startMetricsProcess(database.connectionString, {
    THROUGHLINE_WINDOWS: '7,30',
    THROUGHLINE_TIME_ZONE: 'Europe/Berlin',
  });
  const records = [
    purchase('t1', ann, '2026-03-01T12:00:00.000Z'),
    // Already 10 March in Berlin.
    purchase('t2', ann, '2026-03-09T23:30:00.000Z'),
    purchase('t3@example.org', bob, '2026-03-05T12:00:00.000Z'),
  ];
  await log.appendToPartition(topics.resolved, 0, [
    { key: 'k', value: 'not json' },
    ...records.map((record, index) => ({
      key: 'k',
      value: JSON.stringify({ ...record, shard: 's', sequence: index + 1 }),
    })),
    { key: 'k', value: JSON.stringify({ kind: 'something.new', shard: 's', sequence: 9 }) },
    // A time that JSON and the contract allow and Postgres does not.
    {
      key: 'k',
      value: JSON.stringify({ ...purchase('t4', bob, '0000-01-01T00:00:00.000Z'), shard: 's', sequence: 10 }),
    },
    {
      key: 'k',
      value: JSON.stringify({ ...purchase('t5', bob, '2026-03-06T12:00:00.000Z'), shard: 's', sequence: 11 }),
    },
  ]);
  await eventually(async () => {
    const { body } = await askMetrics(metrics, 'growth?window=7');
    const { freshness } = body as { freshness: { pendingRecords: number; processedThrough: string | null } };
    return freshness.pendingRecords === 0 && freshness.processedThrough !== null ? true : null;
  });
});
afterAll(async () => {
  await metrics.stop();
  await log.close();
  await pool.end();
  await database.drop();
});

let keys = 0;
function purchase(id: string, identifier: string, occurredAt: string): ResolvedRecord {
  return {
    kind: 'touchpoint.resolved',
    shard: 's',
    sequence: 0,
    touchpoint: {
      key: idOf('d', ++keys),
      id,
      source: 'server',
      type: 'track',
      name: 'Order Completed',
      occurredAt,
      receivedAt: '2026-03-20T00:00:00.000Z',
      trust: 'server',
      properties: { revenue: 12.5, currency: 'EUR' },
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier, version: 0, root: identifier, profile: identifier, identifying: true, type: 'user_id' },
    ],
    transaction: null,
    amends: null,
    requestId: 'request',
  };
}

describe('the figures API', () => {
  test('answers growth in the shape of the design, on the days of the reporting zone', async () => {
    const { body } = await askMetrics(metrics, 'growth?window=7&from=2026-03-09&to=2026-03-10');
    expect(body).toEqual({
      definition: figureDefinitions.growth,
      asOf: null,
      self: expect.stringMatching(
        /^\/v1\/metrics\/growth\?window=7&from=2026-03-09&to=2026-03-10&asOf=\d{4}-/,
      ),
      window: 7,
      activity: 'purchase',
      days: [
        {
          day: '2026-03-09',
          customersAtStart: 1,
          active: 1,
          retained: 0,
          churned: 1,
          new: 1,
          reactivated: 0,
          quickRatio: 1,
          partial: false,
        },
        {
          day: '2026-03-10',
          customersAtStart: 1,
          active: 2,
          retained: 1,
          churned: 0,
          new: 1,
          reactivated: 0,
          quickRatio: null,
          partial: false,
        },
      ],
      freshness: { processedThrough: '2026-03-20T00:00:00.000Z', pendingRecords: 0 },
    });
  });

  test('answers churn and retention as shares of those at the start, which sum to one', async () => {
    const churn = await askMetrics(metrics, 'churn?window=7&from=2026-03-01&to=2026-03-12');
    const retention = await askMetrics(metrics, 'retention?window=7&from=2026-03-01&to=2026-03-12');
    const churnDays = (churn.body as { days: { customersAtStart: number; rate: number | null }[] }).days;
    const retentionDays = (retention.body as { days: { rate: number | null }[] }).days;
    expect(churnDays).toHaveLength(12);
    for (const [index, { customersAtStart, rate }] of churnDays.entries()) {
      const kept = retentionDays[index]?.rate;
      if (customersAtStart === 0) expect([rate, kept]).toEqual([null, null]);
      else expect((rate ?? 0) + (kept ?? 0)).toBeCloseTo(1, 12);
    }
  });

  test('answers stages, lapsed after ninety days, and apart by relationship', async () => {
    const { body } = await askMetrics(metrics, 'stages?from=2026-03-11&to=2026-06-20');
    const { days } = body as {
      days: {
        day: string;
        stages: Record<string, number>;
        relationships: Record<string, Record<string, number>>;
      }[];
    };
    expect(days[0]?.stages).toMatchObject({ purchase: 2, lapsed: 0 });
    expect(days[0]?.relationships['repeat']).toMatchObject({ purchase: 2 });
    expect(days.at(-1)?.stages).toMatchObject({ purchase: 0, lapsed: 2 });
  });

  test('says whether and as what a touchpoint is counted', async () => {
    const counted = await askMetrics(metrics, `touchpoints/${idOf('d', 1)}`);
    expect(counted.status).toBe(200);
    expect(counted.body).toMatchObject({ id: 't1', source: 'server', day: '2026-03-01', stage: 'purchase' });
    const unknown = await askMetrics(metrics, `touchpoints/${idOf('e', 1)}`);
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({ code: 'touchpoint_not_found' });
    const malformed = await askMetrics(metrics, 'touchpoints/t1');
    expect(malformed.body).toMatchObject({ status: 400, code: 'invalid_parameter' });
  });

  test('says of a list of touchpoints as what each is counted', async () => {
    const asked = [idOf('d', 1), idOf('e', 1)];
    const { status, body } = await askMetrics(metrics, 'touchpoints/lookup', {
      method: 'POST',
      body: { keys: asked },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      touchpoints: {
        [idOf('d', 1)]: expect.objectContaining({ id: 't1', day: '2026-03-01', stage: 'purchase' }),
        [idOf('e', 1)]: null,
      },
    });
  });

  test('answers CSV to a client that accepts it, with the freshness in headers', async () => {
    const { text, headers } = await askMetrics(metrics, 'churn?window=7&from=2026-03-09&to=2026-03-09', {
      accept: 'text/csv',
    });
    expect(text).toBe('day,customersAtStart,churned,rate,partial\r\n2026-03-09,1,1,1,false\r\n');
    expect(headers.get('content-type')).toContain('text/csv');
    expect(headers.get('throughline-pending-records')).toBe('0');
  });

  test('marks the running day, and defaults to the last thirty', async () => {
    const { body } = await askMetrics(metrics, 'growth?window=30');
    const { days } = body as { days: { partial: boolean }[] };
    expect(days.map(({ partial }) => partial)).toEqual([...Array.from({ length: 29 }, () => false), true]);
  });

  test('verifies clean on the days of the reporting zone', async () => {
    const begun = await askMetrics(metrics, 'verifications', { method: 'POST', key: adminKey });
    expect(begun.status).toBe(202);
    const verification = await eventually<Record<string, unknown>>(async () => {
      const { body } = await askMetrics(metrics, `verifications/${(begun.body as { id: string }).id}`);
      return (body as { state: string }).state === 'running' ? null : body;
    });
    expect(verification).toMatchObject({ state: 'done', differences: [], differenceCount: 0, message: null });
    expect(verification['checked']).toBeGreaterThan(10);
  });

  test.each([
    ['growth', 'invalid_parameter', 'window'],
    ['growth?window=90', 'unconfigured_window', 'window'],
    ['growth?window=7.0', 'unconfigured_window', 'window'],
    ['growth?window=7&window=30', 'invalid_parameter', 'window'],
    ['growth?window=7&activity=sleeping', 'unknown_activity', 'activity'],
    ['growth?window=7&asOf=2026-03-01T00:00:00Z', 'as_of_out_of_range', 'asOf'],
    ['sales?asOf=2999-01-01T00:00:00Z', 'as_of_out_of_range', 'asOf'],
    ['stages?asOf=2026-03-01', 'invalid_parameter', 'asOf'],
    ['restatements?figure=first&activity=purchase&since=2026-02-30T00:00:00Z', 'invalid_parameter', 'since'],
    ['churn?window=7&groupBy=homeStore', 'unconfigured_group', 'groupBy'],
    ['retention?window=7&widow=7', 'invalid_parameter', 'widow'],
    ['retention?window=7&from=2026-02-30', 'invalid_parameter', 'from'],
    ['growth?window=7&from=2026-03-02&to=2026-03-01', 'invalid_parameter', 'from'],
    ['growth?window=7&from=2020-01-01&to=2026-01-01', 'range_too_long', 'from'],
    ['stages?window=7', 'invalid_parameter', 'window'],
    ['restatements?figure=active&activity=purchase', 'invalid_parameter', 'figure'],
    ['restatements?figure=first&activity=purchase&limit=101', 'invalid_parameter', 'limit'],
    ['restatements?figure=first&activity=purchase&cursor=x', 'invalid_parameter', 'cursor'],
  ])('refuses %s with %s', async (path, code, field) => {
    const { status, body } = await askMetrics(metrics, path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code, field });
    if (code === 'unconfigured_window') expect(body).toMatchObject({ expected: '7, 30' });
  });

  test('lists, page by page, the restatements that make a closed day what it is', async () => {
    while ((await foldDeltas(pool, { generation: 1, minDeltas: 1, maxAgeMs: 0, maxDeltas: 100 })) > 0);
    const range = 'from=2026-03-01&to=2026-03-31';
    const changes = new Map<string, number>();
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const path = `restatements?figure=active&activity=purchase&window=7&${range}&limit=2`;
      const { body, status } = await askMetrics(metrics, cursor === '' ? path : `${path}&cursor=${cursor}`);
      expect(status).toBe(200);
      const { items, nextCursor } = body as {
        items: { from: string; to: string; change: number; cause: string }[];
        nextCursor: string | null;
      };
      for (const { from, to, change, cause } of items) {
        expect(cause).toBe('late_touchpoint');
        for (let day = parseDay(from) ?? 0; day <= (parseDay(to) ?? -1); day++) {
          changes.set(formatDay(day), (changes.get(formatDay(day)) ?? 0) + change);
        }
      }
      cursor = nextCursor;
      pages += 1;
    }
    expect(pages).toBeGreaterThan(1);
    const { body } = await askMetrics(metrics, `growth?window=7&${range}`);
    for (const { day, active } of (body as { days: { day: string; active: number }[] }).days) {
      expect([day, changes.get(day) ?? 0]).toEqual([day, active]);
    }
  });

  test('lists the profiles behind a figure, as many as it counts, and the touchpoints behind a profile', async () => {
    const day = '2026-03-10';
    const growth = await askMetrics(metrics, `growth?window=7&from=${day}&to=${day}`);
    const [counted] = (growth.body as { days: Record<string, number>[] }).days;
    for (const figure of ['active', 'customersAtStart', 'retained', 'churned', 'new', 'reactivated']) {
      const { body } = await askMetrics(metrics, `explain?figure=${figure}&window=7&day=${day}`);
      const { value, items } = body as { value: number; items: unknown[] };
      expect([figure, value, items.length]).toEqual([figure, counted?.[figure], counted?.[figure]]);
    }
    const retained = await askMetrics(metrics, `explain?figure=retention&window=7&day=${day}&format=csv`);
    expect(retained.text).toBe(`profile,lastActive,activeBefore\r\n${ann},2026-03-10,2026-03-01\r\n`);
    const one = await askMetrics(metrics, `explain?figure=churned&window=7&day=${day}&profile=${ann}`);
    expect(one.body).toMatchObject({
      explained: {
        profile: ann,
        counted: false,
        figures: ['active', 'customersAtStart', 'retained'],
        days: [
          { day: '2026-03-10', touchpoints: [{ id: 't2', name: 'Order Completed' }], more: false },
          { day: '2026-03-01', touchpoints: [{ id: 't1' }], more: false },
        ],
      },
    });
    const sales = await askMetrics(metrics, 'explain?figure=sales&day=2026-03-05');
    expect(sales.body).toMatchObject({
      value: 1,
      items: [
        { profile: bob, identifier: bob, currency: 'EUR', transactions: 1, revenue: 1_250, net: 1_250 },
      ],
      nextCursor: null,
    });
    const bobs = await askMetrics(metrics, `explain?figure=sales&day=2026-03-05&profile=${bob}`);
    expect(bobs.body).toMatchObject({
      explained: { counted: true, days: [{ touchpoints: [{ source: 'server' }] }] },
    });
    const stages = await askMetrics(metrics, `stages?from=${day}&to=${day}`);
    const [{ stages: occupied } = { stages: {} }] = (
      stages.body as { days: { stages: Record<string, number> }[] }
    ).days;
    for (const [stage, profiles] of Object.entries(occupied)) {
      const { body } = await askMetrics(metrics, `explain?figure=stages&stage=${stage}&day=${day}`);
      expect([stage, body]).toMatchObject([stage, { value: profiles }]);
      expect((body as { items: unknown[] }).items).toHaveLength(profiles);
    }
    const stage = await askMetrics(metrics, `explain?figure=stages&stage=purchase&day=${day}&profile=${ann}`);
    expect(stage.body).toMatchObject({
      explained: {
        counted: true,
        figures: ['purchase', 'repeat'],
        days: [{ day }, { day }, { day }, { day: '2026-03-01' }],
      },
    });
    const unknown = await askMetrics(metrics, `explain?figure=churn&window=7&profile=${idOf('e', 77)}`);
    expect(unknown.status).toBe(404);
  });

  test('keeps what was said last of a day, channel and campaign, and gives the cost of a new customer', async () => {
    const spent = (amount: unknown, more: Record<string, unknown> = {}) => ({
      items: [{ day: '2026-03-01', channel: 'search', campaign: 'spring', currency: 'eur', amount, ...more }],
    });
    const put = (body: unknown, key = adminKey) => askMetrics(metrics, 'spend', { method: 'PUT', key, body });
    expect((await put(spent(10), readKey)).status).toBe(403);
    for (const amount of ['80.00', 70, '12.34'])
      expect(await put(spent(amount))).toMatchObject({ status: 200, body: { saved: 1 } });
    expect((await put(spent(5, { channel: 'social', campaign: undefined }))).status).toBe(200);
    expect((await put(spent(99, { day: '2026-04-01' }))).status).toBe(200);
    for (const [body, field] of [
      [spent('12,34'), 'items[0].amount'],
      [spent(-1), 'items[0].amount'],
      [{ items: [...spent(1).items, ...spent(2).items] }, 'items'],
    ] as const)
      expect(await put(body)).toMatchObject({ status: 400, body: { code: 'invalid_parameter', field } });
    for (const wrong of [
      { day: '2026-02-30' },
      { channel: '' },
      { channel: 'a\u0000b' },
      { currency: 'EURO' },
    ])
      expect((await put(spent(1, wrong))).status).toBe(400);
    const { body } = await askMetrics(metrics, 'spend?from=2026-03-01&to=2026-03-31');
    expect(body).toMatchObject({
      newCustomers: 2,
      currencies: { EUR: { amount: 1_734, costPerNewCustomer: 867 } },
      campaigns: [
        { channel: 'search', campaign: 'spring', currency: 'EUR', amount: 1_234 },
        { channel: 'social', campaign: '', currency: 'EUR', amount: 500 },
      ],
    });
    const none = await askMetrics(metrics, 'spend?from=2026-04-01&to=2026-04-01');
    expect(none.body).toMatchObject({ newCustomers: 0, currencies: { EUR: { costPerNewCustomer: null } } });
    const csv = await askMetrics(metrics, 'spend?from=2026-03-01&to=2026-03-31&format=csv');
    expect(csv.text.split('\r\n').at(-2)).toBe('all,,EUR,1734,2,867');
  });

  test('answers every permanent link with the figures as they stood, and what came since apart', async () => {
    const questions = [
      'growth?window=7',
      'churn?window=30',
      'retention?window=7',
      'stages?',
      'sales?period=week',
    ];
    const selfOf = async (question: string): Promise<string> => {
      const { body } = await askMetrics(metrics, `${question}&from=2026-03-01&to=2026-03-12`);
      return (body as { self: string }).self;
    };
    const before = await selfOf('growth?window=7');
    await pool.query(
      'update metrics.epoch set ends_at = clock_timestamp() where ends_at > clock_timestamp()',
    );
    await eventually(async () => ((await selfOf('growth?window=7')) === before ? null : true));
    for (const question of questions) {
      const now = await askMetrics(metrics, `${question}&from=2026-03-01&to=2026-03-12`);
      const { self, asOf: _asOf, freshness: _freshness, ...figures } = now.body as Record<string, unknown>;
      const link = String(self).replace('/v1/metrics/', '');
      const stood = await askMetrics(metrics, link);
      expect(stood.body).toMatchObject({
        ...figures,
        self,
        freshness: { processedThrough: '2026-03-20T00:00:00.000Z', pendingRecords: null },
      });
      const csv = await askMetrics(metrics, `${link}&format=csv`);
      expect(csv.headers.get('link')).toBe(`<${String(self)}>; rel="self"`);
    }
    const empty = await askMetrics(metrics, before.replace('/v1/metrics/', ''));
    expect((empty.body as { days: { active: number }[] }).days.map(({ active }) => active)).toEqual(
      Array.from({ length: 12 }, () => 0),
    );
  });

  test('needs a key, and for verifications that of an administrator', async () => {
    expect((await askMetrics(metrics, 'growth?window=7', { key: null })).status).toBe(401);
    expect((await askMetrics(metrics, 'verifications', { method: 'POST' })).status).toBe(403);
    expect((await askMetrics(metrics, `verifications/${idOf('e', 1)}`)).status).toBe(404);
    expect((await askMetrics(metrics, 'verifications/nonsense', { key: adminKey })).status).toBe(404);
  });
});

describe('the consumer', () => {
  test('sets records aside that cannot be used, each with its reason, and consumes the others', async () => {
    const { rows } = await pool.query<{ record_offset: number; code: string; message: string }>(
      'select record_offset, code, message from metrics.dead_letter order by record_offset',
    );
    expect(rows.map(({ record_offset, code }) => [record_offset, code])).toEqual([
      [0, 'unreadable_record'],
      [4, 'unknown_kind'],
      [5, 'record_failed'],
    ]);
    const { body } = await askMetrics(metrics, 'growth?window=7&from=2026-03-06&to=2026-03-06');
    expect(body).toMatchObject({ days: [{ active: 2 }] });
  });

  test('logs the id of every touchpoint it counts, and never what looks like an address', () => {
    const counted = metrics.lines.filter(({ event }) => event === 'touchpoints.counted');
    const ids = counted.flatMap(({ touchpoints }) => touchpoints as string[]);
    expect(ids).toHaveLength(4);
    expect(ids).toEqual(expect.arrayContaining(['t1', 't2', 't5']));
    expect(JSON.stringify(metrics.lines)).not.toContain('example.org');
    expect(ids.some((id) => id.startsWith('sha256:'))).toBe(true);
  });
});

describe('a process with other settings', () => {
  test('keeps the figures as they are, and says which settings need a rebuild', async () => {
    const other = await startMetricsProcess(database.connectionString, {
      THROUGHLINE_WINDOWS: '14,30',
      THROUGHLINE_TIME_ZONE: 'UTC',
    });
    try {
      const daysOf = async (one: MetricsProcess): Promise<unknown[]> => {
        const { body } = await askMetrics(one, 'growth?window=7&from=2026-03-01&to=2026-03-12');
        return (body as { days: unknown[] }).days;
      };
      expect(await daysOf(other)).toEqual(await daysOf(metrics));
      expect((await askMetrics(other, 'growth?window=14')).status).toBe(400);
      const warning = other.lines.find(({ event }) => event === 'figures.rebuild_needed');
      expect(warning?.['differing']).toEqual([
        'timeZone: in use "Europe/Berlin", here "UTC"',
        'windows: in use [7,30], here [14,30]',
      ]);
      expect(metrics.lines.filter(({ event }) => event === 'figures.rebuild_needed')).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test('applies them with a rebuild, in all processes, and answers moments before it as before', async () => {
    const other = await startMetricsProcess(database.connectionString, {
      THROUGHLINE_WINDOWS: '14,30',
      THROUGHLINE_TIME_ZONE: 'Europe/Berlin',
    });
    try {
      const range = 'from=2026-03-01&to=2026-03-12';
      const before = await askMetrics(metrics, `growth?window=7&${range}`);
      const { self } = before.body as { self: string };
      const path = self.slice('/v1/metrics/'.length);
      const stood = await askMetrics(metrics, path);
      const late = await restatementsOf(metrics);
      await rebuildBy(other);
      for (const one of [other, metrics]) {
        const now = await eventually(async () => {
          const answer = await askMetrics(one, `growth?window=14&${range}`);
          return answer.status === 200 ? answer : null;
        });
        expect((now.body as { days: { active: number }[] }).days.some(({ active }) => active > 0)).toBe(true);
        expect((await askMetrics(one, `growth?window=7&${range}`)).status).toBe(400);
        expect((await askMetrics(one, path)).body).toEqual(stood.body);
        const shown = await restatementsOf(one);
        expect(shown).toEqual(expect.arrayContaining(late));
        expect(shown.filter(({ cause }) => cause !== 'rebuild')).toEqual(late);
      }
      const { body } = await askMetrics(other, 'rebuilds');
      expect(body).toMatchObject({ needed: [], items: [{ state: 'done' }, { state: 'done' }] });
    } finally {
      await other.stop();
    }
  });

  test('serves figures of another version of their definition as they are, until they are rebuilt', async () => {
    await pool.query('update metrics.generation set function_version = function_version - 1');
    const other = await startMetricsProcess(database.connectionString, { THROUGHLINE_WINDOWS: '14,30' });
    try {
      expect((await askMetrics(other, 'growth?window=14')).status).toBe(200);
      const { body } = await askMetrics(other, 'rebuilds');
      expect((body as { needed: string[] }).needed[0]).toMatch(/^functionVersion: in use \d+, here \d+$/);
      await rebuildBy(other);
      const { rows } = await pool.query<{ unmade: number }>(
        `select count(*)::int as unmade from metrics.generation where state = 'current' and function_version <> $1`,
        [functionVersion],
      );
      expect(rows[0]?.unmade).toBe(0);
      await eventually(async () => {
        const answer = await askMetrics(other, 'freshness');
        return (answer.body as { pendingRecords: number }).pendingRecords === 0 ? true : null;
      });
    } finally {
      await other.stop();
    }
  });

  test('answers no other key, and nothing about rebuilds that there are none of', async () => {
    expect((await askMetrics(metrics, 'rebuilds', { method: 'POST' })).status).toBe(403);
    for (const id of ['0', '99', '1e3', '99999', 'x'])
      expect((await askMetrics(metrics, `rebuilds/${id}`)).status).toBe(404);
    expect((await askMetrics(metrics, 'rebuilds/99', { method: 'DELETE', key: adminKey })).status).toBe(404);
  });
});

describe('definitions', () => {
  const put = (path: string, body: unknown) =>
    askMetrics(metrics, path, { method: 'PUT', key: adminKey, body });
  const readyOf = (path: string) =>
    eventually(async () => {
      const { body } = await askMetrics(metrics, path);
      return (body as { state: string }).state === 'ready' ? body : null;
    });
  const tills = { filter: { all: [{ field: 'channel', op: 'eq', value: 'store' }] } };

  test('of activities are backfilled, and their figures are answered when they are ready', async () => {
    expect((await askMetrics(metrics, 'growth?window=14&activity=sold')).status).toBe(400);
    const sold = { filter: { all: [{ field: 'name', op: 'eq', value: 'Order Completed' }] } };
    const begun = await put('activities/sold', sold);
    expect(begun.status).toBe(202);
    const { rebuild } = begun.body as { rebuild: string };
    expect(begun.body).toMatchObject({ name: 'sold', version: 1, state: 'backfilling', ...sold });
    const meanwhile = await put('activities/tills', tills);
    // It may be done by now.
    if (meanwhile.status === 202) expect((meanwhile.body as { rebuild: string }).rebuild).not.toBe(rebuild);
    else expect(meanwhile.body).toMatchObject({ status: 409, code: 'definition_conflict' });
    expect(await readyOf('activities/sold')).toMatchObject({ version: 1, ships: false, rebuild: null });
    await eventually(async () => ((await put('activities/tills', tills)).status === 202 ? true : null));
    await readyOf('activities/tills');
    const range = 'window=14&from=2026-03-01&to=2026-03-12';
    const daysOf = async (activity: string) => {
      const { body } = await eventually(async () => {
        const answer = await askMetrics(metrics, `growth?${range}&activity=${activity}`);
        return answer.status === 200 ? answer : null;
      });
      return (body as { days: { active: number }[] }).days;
    };
    expect(await daysOf('sold')).toEqual(await daysOf('purchase'));
    expect((await daysOf('tills')).every(({ active }) => active === 0)).toBe(true);
    const { body } = await askMetrics(metrics, 'activities');
    expect(
      (body as { items: { name: string; ships: boolean }[] }).items.map((one) => [one.name, one.ships]),
    ).toEqual([
      ['engagement', true],
      ['netPurchase', true],
      ['purchase', true],
      ['sold', false],
      ['tills', false],
    ]);
    // A process that starts keeps them, whatever it was started with.
    expect((await askMetrics(metrics, 'rebuilds')).body).toMatchObject({
      needed: expect.not.arrayContaining([expect.stringContaining('activities')]) as unknown,
    });
  });

  test('of the journey map are too, and the same again changes nothing', async () => {
    const { map } = (await askMetrics(metrics, 'journey-map')).body as {
      map: { stages: { name: string }[] };
    };
    const found = { name: 'found', phase: 'pre-purchase' };
    const changed = {
      ...map,
      version: 2,
      stages: [found, ...map.stages],
      rules: [{ when: { type: 'track', names: ['Order Completed'] }, stage: 'found' }],
    };
    expect((await put('journey-map', changed)).status).toBe(202);
    await readyOf('journey-map');
    const stages = await eventually(async () => {
      const { body } = await askMetrics(metrics, 'stages?from=2026-03-11&to=2026-03-11');
      const [day] = (body as { days: { stages: Record<string, number> }[] }).days;
      return day?.stages['found'] === undefined ? null : day.stages;
    });
    expect(stages['found']).toBeGreaterThan(0);
    expect(await put('journey-map', changed)).toMatchObject({ status: 202, body: { state: 'ready' } });
  });

  test.each([
    ['activities/purchase', tills, 409],
    ['activities/1st', tills, 400],
    ['activities/late', { filter: { all: [{ field: 'secret', op: 'eq', value: 1 }] } }, 400],
    ['activities/late', { ...tills, more: 1 }, 400],
    ['activities/late', {}, 400],
    [
      'journey-map',
      { version: 1, lapseDays: 9, stages: [{ name: 'lapsed', phase: 'purchase' }], rules: [] },
      400,
    ],
    ['journey-map', { version: 1, lapseDays: 9, stages: [], rules: [] }, 400],
    [
      'journey-map',
      {
        version: 1,
        lapseDays: 9,
        stages: [{ name: 'a', phase: 'purchase' }],
        rules: [{ when: {}, stage: 'b' }],
      },
      400,
    ],
  ])('%s is not changed to what it cannot be, case %#', async (path, body, status) => {
    expect((await put(path, body)).status).toBe(status);
    expect((await askMetrics(metrics, path, { method: 'PUT', body })).status).toBe(403);
  });
});

async function restatementsOf(process: MetricsProcess): Promise<{ cause: string }[]> {
  const { body } = await askMetrics(
    process,
    'restatements?figure=first&activity=purchase&from=2026-01-01&limit=100',
  );
  const { items, nextCursor } = body as { items: { cause: string }[]; nextCursor: string | null };
  expect(nextCursor).toBeNull();
  return items;
}

async function rebuildBy(process: MetricsProcess): Promise<void> {
  const begun = await askMetrics(process, 'rebuilds', { method: 'POST', key: adminKey });
  expect(begun.status).toBe(202);
  const { id } = begun.body as { id: string };
  const rebuild = await eventually(async () => {
    const { body } = await askMetrics(process, `rebuilds/${id}`);
    return (body as { state: string }).state === 'running' ? null : body;
  });
  expect(rebuild).toMatchObject({ state: 'done', message: null });
}
