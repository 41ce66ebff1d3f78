/** Every parameter of every route with values that no client should send: named in a 400, or used, never a 500. */
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey, askMetrics, startMetricsProcess, type MetricsProcess } from './metrics-process.ts';

let database: TestDatabase;
let metrics: MetricsProcess;
let document: OpenApi;

interface Operation {
  operationId?: string;
  description?: string;
  parameters?: { name: string; in: 'query' | 'path'; required?: boolean }[];
  responses: Record<string, { description?: string; content?: Record<string, unknown> }>;
}
interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}

beforeAll(async () => {
  database = await createTestDatabase();
  metrics = await startMetricsProcess(database.connectionString, { THROUGHLINE_WINDOWS: '14,60' });
  document = (await (await fetch(`${metrics.url}/openapi.json`)).json()) as OpenApi;
});
afterAll(async () => {
  await metrics.stop();
  await database.drop();
});

const unknownId = '4c6a1c0e-7a55-4d5f-9d0b-0a8f5a1f2b3c';
/** Also what no list has written. */
const cursorOf = (parts: string): string => Buffer.from(parts).toString('base64url');
const restatements = 'restatements?figure=retained&activity=engagement&window=60';

/** A good request of each route, to which one bad parameter is added. */
const goodPaths: Record<string, string> = {
  '/v1/metrics/growth': 'growth?window=14',
  '/v1/metrics/churn': 'churn?window=60',
  '/v1/metrics/retention': 'retention?window=14',
  '/v1/metrics/lifecycle': 'lifecycle?period=month',
  '/v1/metrics/cohorts': 'cohorts?period=week',
  '/v1/metrics/stickiness': 'stickiness?activity=engagement',
  '/v1/metrics/stages': 'stages?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/stages/flows': 'stages/flows?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/stages/transitions': 'stages/transitions?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/stages/dwell': 'stages/dwell?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/funnel': 'funnel?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/channels/transitions': 'channels/transitions?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/sales': 'sales?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/at-risk': 'at-risk?window=60',
  '/v1/metrics/value': 'value?',
  '/v1/metrics/rfm': 'rfm?',
  '/v1/metrics/spend': 'spend?',
  '/v1/metrics/explain': 'explain?figure=churned&window=14',
  '/v1/metrics/experience': 'experience?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/sentiment': 'sentiment?from=2026-01-01&to=2026-01-02',
  '/v1/metrics/profiles/{ref}/journey': `profiles/${unknownId}/journey?`,
  '/v1/metrics/restatements': restatements,
  '/v1/metrics/freshness': 'freshness?',
  '/v1/metrics/touchpoints/{key}': `touchpoints/${unknownId}?`,
  '/v1/metrics/erasures/{id}': `erasures/${unknownId}?`,
  '/v1/metrics/verifications/{id}': `verifications/${unknownId}?`,
  '/v1/metrics/rebuilds': 'rebuilds?',
  '/v1/metrics/rebuilds/{id}': `rebuilds/${unknownId}?`,
  '/v1/metrics/activities': 'activities?',
  '/v1/metrics/activities/{name}': `activities/${unknownId}?`,
  '/v1/metrics/journey-map': 'journey-map?',
  '/v1/metrics/groupings': 'groupings?',
};

const hostileValues = [
  '',
  ' ',
  "' or true--",
  '"; select pg_sleep(9)',
  '\u0000',
  '\ud800',
  '%',
  '../..',
  '__proto__',
  'valueOf',
  'null',
  'NaN',
  '-0',
  '1e3',
  '٧',
  '9'.repeat(300),
  'ä'.repeat(4_000),
  '[]',
  '{"$gt":""}',
  '0000-12-31',
  '-0001-01-01',
  '+012026-01-01',
  '10000-01-01',
  '2025-02-29',
  '2025-04-31',
  '2025-6-1',
  '2025-06-01T00:00:00Z',
  'infinity',
  'now',
  '0',
  '0.0',
  '900000',
  '900001',
  '-900000',
  '8640000000000000',
  '999999999999999',
  '253402300800000',
  '1764000000000.merge.20000.20001',
  '1764000000000.merge.9999999.1',
  '1764000000000.merge.1.9999999',
  '1764000000000.merge.1',
  '1764000000000.Merge.1.1',
  '1764000000001.merge.1.1',
  "1764000000000.'.1.1",
];

function path(route: string): string {
  const good = goodPaths[route];
  if (good === undefined) throw new Error(`${route} has no request in this test`);
  return good;
}

describe('the routes of figures', () => {
  test('answer every hostile value of every parameter with 400, or with what it means', async () => {
    const asked: string[] = [];
    for (const [route, { get }] of Object.entries(document.paths)) {
      if (get === undefined || !route.startsWith('/v1/metrics/') || route.includes('dead-letters')) continue;
      for (const { name, in: place } of [...(get.parameters ?? []), { name: 'unheardOf', in: 'query' }]) {
        const answers = hostileValues.map(async (value) => {
          const encoded = encodeURIComponent(value.toWellFormed());
          const request =
            place === 'path'
              ? path(route).replace(unknownId, encoded)
              : `${path(route).replace(new RegExp(`([?&])${name}=[^&]*`), '$1')}&${name}=${encoded}`;
          asked.push(request);
          return { request: request.slice(0, 200), ...(await askMetrics(metrics, request)) };
        });
        for (const { request, status, body, text } of await Promise.all(answers)) {
          expect([request, status < 500]).toEqual([request, true]);
          if (status !== 400) continue;
          expect([request, body]).toMatchObject([expect.any(String), { code: expect.any(String) }]);
          expect(text).not.toMatch(/pg_|syntax|\.ts:/);
        }
      }
    }
    expect(asked.length).toBeGreaterThan(1_000);
  });

  test.each([
    ['growth?window=14&from=0000-01-01', 'from'],
    ['growth?window=14&to=0000-12-31', 'to'],
    ['stages?to=10000-01-01', 'to'],
    ['churn?window=14&from=2025-02-29', 'from'],
    ['retention?window=14&format=xml', 'format'],
    ['stages?format=', 'format'],
    ['lifecycle?period=year', 'period'],
    ['stickiness?period=day', 'period'],
    ['cohorts?period=quarter', 'period'],
    ['cohorts?mode=last', 'mode'],
    ['cohorts?measure=visits', 'measure'],
    ['cohorts?period=month&brackets=3-1', 'brackets'],
    ['cohorts?period=month&brackets=0', 'brackets'],
    ['cohorts?period=month&brackets=37', 'brackets'],
    ['cohorts?unbounded=true&brackets=1', 'brackets'],
    ['stickiness?window=14&period=week', 'period'],
    ['restatements?figure=returning&activity=purchase', 'figure'],
    [`${restatements}&cursor=${cursorOf('0 0')}`, 'cursor'],
    [`${restatements}&cursor=${cursorOf('-1')}`, 'cursor'],
    [`${restatements}&cursor=${cursorOf('1764 merge 9999999')}`, 'cursor'],
    [`${restatements}&from=0000-01-01&to=0000-01-02`, 'from'],
    [`${restatements}&format=csv`, 'format'],
    [`${restatements}&limit=0`, 'limit'],
    [`${restatements}&limit=1.5`, 'limit'],
    ['at-risk?window=14&within=15d', 'within'],
    ['at-risk?window=14&within=0d', 'within'],
    ['at-risk?window=14&within=7', 'within'],
    ['at-risk?window=14&limit=1001', 'limit'],
    ['at-risk?window=14&from=2026-01-01', 'from'],
    [`at-risk?window=14&cursor=${cursorOf('20000')}`, 'cursor'],
    [`at-risk?window=14&cursor=${cursorOf('9999999 00000000-0000-4000-8000-000000000000')}`, 'cursor'],
    ['restatements?figure=sales.revenue&activity=purchase', 'figure'],
    ['explain', 'figure'],
    ['explain?figure=sales&window=14', 'window'],
    ['explain?figure=stages', 'stage'],
    ['explain?figure=stages&stage=lapsed&relationship=friend', 'relationship'],
    ['explain?figure=churn&window=14&day=2025-02-29', 'day'],
    ['explain?figure=churn&window=14&asOf=yesterday', 'asOf'],
    ['explain?figure=churn&window=14&profile=me', 'profile'],
    [`explain?figure=churn&window=14&cursor=${cursorOf('20000')}`, 'cursor'],
    [`explain?figure=stages&stage=lapsed&cursor=${cursorOf('20000')}`, 'cursor'],
    [`explain?figure=sales&cursor=${cursorOf(`${unknownId} EURO`)}`, 'cursor'],
    [`explain?figure=churn&window=14&format=csv&profile=${unknownId}`, 'format'],
    ['stages/flows?relationship=friend', 'relationship'],
    ['funnel?steps=purchase', 'steps'],
    ['funnel?steps=purchase,purchase', 'steps'],
    ['funnel?steps=purchase,lapsed', 'steps'],
    ['funnel?window=0d', 'window'],
    ['funnel?window=367d', 'window'],
    ['profiles/me/journey', 'ref'],
    [`profiles/${unknownId}/journey?day=2025-02-29`, 'day'],
    [`profiles/${unknownId}/journey?limit=101`, 'limit'],
    [`profiles/${unknownId}/journey?cursor=${cursorOf('1764000000000 a%ZZ b')}`, 'cursor'],
    [`profiles/${unknownId}/journey?cursor=${cursorOf('999999999999999 a b')}`, 'cursor'],
    ['freshness?of=me', 'of'],
  ])('refuse %s and name %s', async (request, field) => {
    const { status, body } = await askMetrics(metrics, request);
    expect([status, body]).toMatchObject([400, { code: 'invalid_parameter', field }]);
  });

  test.each([
    ['growth?window=14&to=0001-01-01', '0001-01-01', '0001-01-01'],
    ['growth?window=60&from=9999-12-31', '9999-12-31', '9999-12-31'],
    ['churn?window=14&from=2021-01-01&to=2023-12-31', '2021-01-01', '2023-12-31'],
  ])(
    'answer the first and last years that there are, and three at once: %s',
    async (request, first, last) => {
      const { status, body } = await askMetrics(metrics, request);
      expect(status).toBe(200);
      const { days } = body as { days: { day: string }[] };
      expect([days[0]?.day, days.at(-1)?.day]).toEqual([first, last]);
    },
  );

  test('refuse more than three years at once, saying so', async () => {
    const { status, body } = await askMetrics(metrics, 'stages?from=2020-01-01&to=2023-01-01');
    expect([status, body]).toMatchObject([400, { code: 'range_too_long', expected: 'at most 1096 days' }]);
  });

  test('give CSV by parameter whatever is accepted, and JSON likewise', async () => {
    const csv = await askMetrics(metrics, 'growth?window=14&format=csv', { accept: 'application/json' });
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.text.split('\r\n')[0]).toBe(
      'day,customersAtStart,active,retained,churned,new,reactivated,quickRatio,partial',
    );
    const json = await askMetrics(metrics, 'growth?window=14&format=json', { accept: 'text/csv' });
    expect(json.headers.get('content-type')).toContain('application/json');
  });
});

describe('the OpenAPI document', () => {
  test('names the operation, the key and the answers of every route', () => {
    const operations = Object.entries(document.paths).flatMap(([route, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${route}`, ...operation })),
    );
    const figures = operations.filter(({ name }) => name.includes('/v1/metrics/'));
    expect(figures.length).toBeGreaterThan(8);
    const ids = figures.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(figures.length);
    for (const { name, description, responses } of figures) {
      expect([name, description]).toEqual([name, expect.stringMatching(/(read|admin) key/)]);
      expect([name, Object.keys(responses)]).toEqual([
        name,
        expect.arrayContaining(['400', '401', '403', '500', '503']),
      ]);
    }
  });

  test.each([
    ['get', '/v1/metrics/growth', 'growth?window=14', {}],
    ['get', '/v1/metrics/growth', 'growth?window=14&format=csv', {}],
    ['get', '/v1/metrics/growth', 'growth?window=15', {}],
    ['get', '/v1/metrics/churn', 'churn?window=60', { key: null }],
    ['get', '/v1/metrics/retention', 'retention?window=60', { key: 'wk_none' }],
    ['get', '/v1/metrics/lifecycle', 'lifecycle?period=week', {}],
    ['get', '/v1/metrics/lifecycle', 'lifecycle?activity=none', {}],
    ['get', '/v1/metrics/cohorts', 'cohorts?period=month&brackets=1-3,4%2B', {}],
    ['get', '/v1/metrics/cohorts', 'cohorts?unbounded=true&format=csv', {}],
    ['get', '/v1/metrics/cohorts', 'cohorts?startActivity=engagement&mode=recurring', {}],
    ['get', '/v1/metrics/stickiness', 'stickiness?window=14', {}],
    ['get', '/v1/metrics/stickiness', 'stickiness?period=week&format=csv', {}],
    ['get', '/v1/metrics/stages', 'stages?format=csv', {}],
    ['get', '/v1/metrics/sales', 'sales?groupBy=store', {}],
    ['get', '/v1/metrics/sales', 'sales?format=csv', {}],
    ['get', '/v1/metrics/at-risk', 'at-risk?window=60', {}],
    ['get', '/v1/metrics/at-risk', 'at-risk?window=60&format=csv', {}],
    ['get', '/v1/metrics/spend', 'spend', {}],
    ['get', '/v1/metrics/spend', 'spend?format=csv', {}],
    ['put', '/v1/metrics/spend', 'spend', {}],
    ['put', '/v1/metrics/spend', 'spend', { key: adminKey, body: {} }],
    ['get', '/v1/metrics/value', 'value', {}],
    ['get', '/v1/metrics/value', 'value?format=csv', {}],
    ['get', '/v1/metrics/rfm', 'rfm?format=csv', {}],
    ['get', '/v1/metrics/rfm', 'rfm?asOf=2000-01-01T00:00:00Z', {}],
    ['get', '/v1/metrics/explain', 'explain?figure=retention&window=60', {}],
    ['get', '/v1/metrics/explain', 'explain?figure=sales&format=csv', {}],
    ['get', '/v1/metrics/explain', `explain?figure=stages&stage=lapsed&profile=${unknownId}`, {}],
    ['get', '/v1/metrics/restatements', restatements, {}],
    ['get', '/v1/metrics/restatements', 'restatements?figure=sales.units&currency=EUR&store=%00', {}],
    ['get', '/v1/metrics/restatements', `${restatements}&cursor=1`, {}],
    ['get', '/v1/metrics/freshness', 'freshness', {}],
    ['get', '/v1/metrics/touchpoints/{key}', `touchpoints/${unknownId}`, {}],
    ['get', '/v1/metrics/touchpoints/{key}', 'touchpoints/mine', {}],
    ['get', '/v1/metrics/verifications/{id}', `verifications/${unknownId}`, {}],
    ['get', '/v1/metrics/verifications/{id}', 'verifications/mine', {}],
    ['post', '/v1/metrics/verifications', 'verifications', {}],
    ['post', '/v1/metrics/verifications', 'verifications', { key: adminKey }],
  ] as const)('has what %s %s answers to %s with %o', async (method, route, request, options) => {
    const { status, headers } = await askMetrics(metrics, request, {
      method: method.toUpperCase(),
      ...options,
    });
    const documented = document.paths[route]?.[method]?.responses[status];
    expect(documented?.description).toEqual(expect.any(String));
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    expect(Object.keys(documented?.content ?? {})).toContain(type);
  });
});
