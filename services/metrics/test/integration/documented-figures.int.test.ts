/** The examples of infra/docs/figures.md, asked of the service: its table of touchpoints goes in, its answers must come out. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { topics, type TouchpointResolved } from '@throughline/contracts';
import { createLogger } from '@throughline/runtime';
import { openResources, type RunningServer } from '@throughline/runtime/service';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { figureDefinitions } from '../../src/core/figure-definitions.ts';
import { startMetrics } from '../../src/start.ts';
import { adminKey, askMetrics, eventually, readKey } from './metrics-process.ts';

const document = readFileSync(path.resolve(import.meta.dirname, '../../../../infra/docs/figures.md'), 'utf8');
const examples = [...document.matchAll(/```http\nGET \/v1\/metrics\/(\S+)\n```\n\n```csv\n([^`]*)```/g)].map(
  ([, request = '', answer = '']) => ({ request, answer }),
);
const documents = [
  ...document.matchAll(/```http\nGET \/v1\/metrics\/(\S+)\n```\n\n```json\n([^`]*)```/g),
].map(([, request = '', answer = '']) => ({ request, answer }));
/** Profile ids of the document, such as `Ada`, by their rows. */
const names = new Map<string, string>();
const running = Date.parse(/The running day is (\d{4}-\d\d-\d\d)/.exec(document)?.[1] ?? '');

let database: TestDatabase;
let metrics: RunningServer;

function recordOf(line: string, index: number): TouchpointResolved {
  const [day = '', name = '', what = '', store = '', total = '', amended = ''] = line
    .split('|')
    .slice(1)
    .map((cell) => cell.trim());
  const identifier = names.get(name) ?? randomUUID();
  names.set(name, identifier);
  const isReceipt = what !== 'page' && what !== 'feedback';
  const transaction = isReceipt ? transactionOf(`${index + 1}`) : null;
  return {
    kind: 'touchpoint.resolved',
    shard: 's',
    sequence: index + 1,
    touchpoint: {
      key: randomUUID(),
      id: `row-${index + 1}`,
      source: 'tills',
      type: isReceipt ? 'receipt' : what === 'feedback' ? 'feedback' : 'page',
      name: null,
      channel: isReceipt ? 'store' : 'web',
      occurredAt: `${day}T12:00:00.000Z`,
      receivedAt: `${day}T12:00:01.000Z`,
      trust: 'server',
      properties: isReceipt
        ? { kind: what, store, total, currency: 'EUR', units: 1 }
        : { metric: 'nps', score: total },
      ...(what === 'feedback' ? { sentiment: 0.8 } : {}),
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier, version: 0, root: identifier, profile: identifier, identifying: true, type: 'user_id' },
    ],
    transaction,
    amends: amended === '' ? null : transactionOf(amended),
    requestId: 'request',
  };
}

/** By the number of the row in the document's table. */
function transactionOf(number: string): string {
  return `c0000000-0000-4000-8000-${number.padStart(12, '0')}`;
}

beforeAll(async () => {
  database = await createTestDatabase();
  const config = parseConfig({
    DATABASE_URL: database.connectionString,
    THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
    THROUGHLINE_METRICS_PORT: '0',
    THROUGHLINE_READ_KEY: readKey,
    THROUGHLINE_ADMIN_KEY: adminKey,
    THROUGHLINE_WINDOWS: '7',
    THROUGHLINE_GROUPS: 'homeStore+relationship',
  });
  const logger = createLogger({ service: 'metrics', level: 'fatal' });
  const connections = { background: 10, api: 5, consumer: 5 };
  const resources = await openResources({ service: 'metrics', config, logger, connections });
  metrics = await startMetrics({ config, logger, resources, now: () => running });
  const lines = document.split('\n').filter((line) => /^\| \d{4}-/.test(line));
  await resources.log.appendToPartition(
    topics.resolved,
    0,
    lines.map((line, index) => ({ key: 'k', value: JSON.stringify(recordOf(line, index)) })),
  );
  await eventually(async () => {
    const { body } = await askMetrics(metrics, 'freshness');
    return (body as { pendingRecords: number }).pendingRecords === 0 ? true : null;
  });
  await eventually(async () => {
    const { body } = await askMetrics(metrics, 'value');
    const { currencies } = body as { currencies: Record<string, { orders: number }> };
    // All that the table sells and does not void: the first valuation may have been made before it came.
    return currencies['EUR']?.orders === 5 ? true : null;
  });
});
afterAll(async () => {
  await metrics.stop();
  await database.drop();
});

describe('the examples of the document on figures', () => {
  test('are one for every figure', () => {
    const asked = new Set(examples.map(({ request }) => request.split('?')[0]));
    expect(asked).toEqual(
      new Set([
        'growth',
        'churn',
        'retention',
        'lifecycle',
        'cohorts',
        'stickiness',
        'stages',
        'sales',
        'at-risk',
        'explain',
        'stages/flows',
        'stages/transitions',
        'stages/dwell',
        'funnel',
        'channels/transitions',
        'experience',
        'sentiment',
        'rfm',
        'spend',
        'value',
      ]),
    );
    expect(names.size).toBeGreaterThan(3);
  });

  test.each(examples)('are what the service answers to $request', async ({ request, answer }) => {
    const { status, text } = await askMetrics(
      metrics,
      `${request}${request.includes('?') ? '&' : '?'}format=csv`,
    );
    expect(status).toBe(200);
    let named = text.replaceAll('\r\n', '\n');
    for (const [name, id] of names) named = named.replaceAll(id, name);
    expect(named).toBe(answer);
  });

  test.each(documents)('hold what the document says of $request', async ({ request, answer }) => {
    const named = [...names].reduce((text, [name, id]) => text.replace(`/${name}/`, `/${id}/`), request);
    const { status, body } = await askMetrics(metrics, named);
    expect(status).toBe(200);
    expect(body).toMatchObject(JSON.parse(answer) as object);
  });

  test('are what the verification computes another way', async () => {
    const { body } = await askMetrics(metrics, 'verifications', { method: 'POST', key: adminKey });
    const verification = await eventually(async () => {
      const answer = await askMetrics(metrics, `verifications/${(body as { id: string }).id}`);
      return (answer.body as { state: string }).state === 'running' ? null : answer.body;
    });
    expect(verification).toMatchObject({ state: 'done', differences: [] });
  });

  test('come with the definition that the document states', async () => {
    const unstated = Object.values(figureDefinitions).filter(
      (definition) => !document.replaceAll(/\s+/g, ' ').includes(definition),
    );
    expect(unstated).toEqual([]);
    for (const { request } of examples) {
      const { body } = await askMetrics(metrics, request);
      expect(Object.values(figureDefinitions)).toContain((body as { definition: string }).definition);
    }
  });
});
