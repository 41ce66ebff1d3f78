/**
 * How fast identity resolves, on a Postgres of its own, without HTTP or metrics: CPU of this process and of Postgres per
 * touchpoint, in batches of 1,000. `DATABASE_URL=… node services/identity/bench/resolve-throughput.ts [touchpoints]`
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AcceptedTouchpoint, blockedDefinition, topics } from '@throughline/contracts';
import { consumerMigrations, createConsumerWatch, createPostgresEventLog } from '@throughline/event-log';
import { createConsumerPool, createPool, runMigrations } from '@throughline/postgres';
import { createLogger, createSummary } from '@throughline/runtime';
import { startIdentity } from '../src/consume/start.ts';
import { CurrentRules } from '../src/consume/rules/current-rules.ts';
import { policySchema } from '../src/core/policy.ts';
import { normalizationDefinition } from '../src/core/normalization.ts';
import { createIdentifierIds } from '../src/identifier-id.ts';

const total = Number(process.argv[2] ?? 50_000);
const connectionString = process.env['DATABASE_URL'] ?? '';
const logger = createLogger({ service: 'identity', level: 'warn' });
const consumerPool = createConsumerPool({
  connectionString,
  applicationName: 'bench-consumer',
  max: 10,
  onError: (error) => console.error(error),
});
const pool = createPool({
  connectionString,
  applicationName: 'bench',
  max: 20,
  onError: (error) => console.error(error),
});
await pool.query('drop schema if exists identity cascade; drop schema if exists event_log cascade');
await runMigrations(pool, {
  schema: 'identity',
  directories: [join(import.meta.dirname, '../migrations'), consumerMigrations],
});
const log = createPostgresEventLog({ pool, instanceId: 'bench', logger });
await log.ensureTopics([
  { name: topics.touchpoints, partitions: 4 },
  { name: topics.resolved, partitions: 4 },
  { name: topics.profiles, partitions: 4 },
  { name: topics.journeys, partitions: 4 },
  { name: topics.rejected, partitions: 1 },
]);

function orders(index: number): AcceptedTouchpoint {
  const day = new Date(Date.UTC(1997, 0, 1) + ((index * 7919) % 540) * 86_400_000).toISOString();
  return {
    touchpoint: {
      id: `order-${index}`,
      source: 'server',
      type: 'track',
      name: 'Order Completed',
      occurredAt: day,
      receivedAt: '2026-01-01T00:00:00.000Z',
      identifiers: [
        { type: 'user_id', value: `customer-${(index * 104_729) % Math.ceil(total / 3)}` },
        { type: 'order_id', value: `o${index}` },
      ],
      properties: {
        order_id: `o${index}`,
        revenue: 12.5,
        currency: 'USD',
        quantity: 1,
        padding: 'x'.repeat(500),
      },
    },
    trust: 'server',
    bodyHash: `hash-${index}`.padEnd(43, '0'),
    requestId: 'bench',
  };
}

function pages(index: number): AcceptedTouchpoint {
  const visitor = (index * 104_729) % Math.ceil(total / 20);
  const made = orders(index);
  const isKnown = visitor % 3 === 0;
  return {
    ...made,
    touchpoint: {
      ...made.touchpoint,
      type: 'page',
      name: 'Home',
      identifiers: [
        ...(isKnown ? [{ type: 'user_id' as const, value: `user-${visitor}` }] : []),
        { type: 'anonymous_id', value: `visitor-${visitor}` },
      ],
    },
  };
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function postgresCpu(): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pid from pg_stat_activity');
  let sum = 0;
  for (const { pid } of rows) {
    try {
      sum += cpuSeconds(pid);
    } catch {
      // A worker that has ended since.
    }
  }
  return sum;
}

for (const [name, make] of [
  ['orders', orders],
  ['pages', pages],
] as const) {
  const records = [];
  for (let index = 0; index < total; index += 1) {
    const accepted = make(index);
    if (name === 'pages') accepted.touchpoint.id = `page-${index}`;
    const [strongest] = accepted.touchpoint.identifiers;
    records.push({
      topic: topics.touchpoints,
      key: `${strongest?.type}:${strongest?.value}`,
      value: JSON.stringify(accepted),
    });
  }
  for (let start = 0; start < total; start += 1_000) await log.append(records.slice(start, start + 1_000));
  const summary = createSummary({
    logger: createLogger({ service: 'identity', level: 'info' }),
    service: 'identity',
    intervalMs: 1e6,
  });
  const before = { node: process.cpuUsage(), postgres: await postgresCpu(), at: performance.now() };
  const watch = createConsumerWatch({ pool, schema: 'identity', log, logger, hasOutbox: true });
  const firstPolicy = policySchema.parse({});
  const identity = await startIdentity({
    pool: consumerPool,
    log,
    watch,
    logger,
    summary,
    ids: createIdentifierIds('bench'),
    eraseCopies: () => Promise.resolve({ rejections: [], deadLetters: 0, next: null }),
    rejectedRetentionDays: 90,
    publishedTraits: [],
    blockedDefinition: blockedDefinition({}),
    normalization: normalizationDefinition,
    firstPolicy,
    rules: new CurrentRules(firstPolicy),
  });
  for (;;) {
    const { rows } = await pool.query<{ count: string }>('select count(*) as count from identity.touchpoint');
    if (Number(rows[0]?.count) >= (name === 'orders' ? total : total * 2)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const seconds = (performance.now() - before.at) / 1000;
  const node = process.cpuUsage(before.node);
  const postgres = (await postgresCpu()) - before.postgres;
  console.log(
    `${name}: ${Math.round(total / seconds)}/s, node ${Math.round((node.user + node.system) / total)} µs, ` +
      `postgres ${Math.round((postgres * 1e6) / total)} µs per touchpoint`,
  );
  await watch.stop();
  await identity.stop();
  summary.stop();
}
await log.close();
await consumerPool.end();
await pool.end();
