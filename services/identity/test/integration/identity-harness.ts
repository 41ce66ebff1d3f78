/** Identity's consumer on a database and a log of its own, without HTTP. */
import { join } from 'node:path';
import { type AcceptedTouchpoint, blockedDefinition, topics } from '@throughline/contracts';
import {
  consumerMigrations,
  createConsumerWatch,
  createPostgresEventLog,
  partitionOfKey,
  type ConsumerWatch,
  type EventLog,
} from '@throughline/event-log';
import { createConsumerPool, createPool, runMigrations } from '@throughline/postgres';
import { createLogger, createSummary } from '@throughline/runtime';
import { createTestDatabase, until } from '@throughline/testkit';
import type { Pool } from 'pg';
import { CurrentRules } from '../../src/consume/rules/current-rules.ts';
import { policySchema } from '../../src/core/policy.ts';
import { normalizationDefinition } from '../../src/core/normalization.ts';
import { createIdentifierIds, type IdentifierIds } from '../../src/identifier-id.ts';
import { type RunningIdentity, startIdentity } from '../../src/consume/start.ts';
import { countRechecks } from '../../src/db/rechecks.ts';

export interface IdentityHarness {
  pool: Pool;
  log: EventLog;
  ids: IdentifierIds;
  identity: RunningIdentity;
  connectionString: string;
  send(touchpoints: readonly AcceptedTouchpoint[]): Promise<void>;
  /** Resolves when nothing is pending: records, outbox and rechecks. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

function withoutTransactions(log: EventLog): EventLog {
  const other = { ...log };
  delete other.appendInTransaction;
  return other;
}

/** @param given `hasRelay`: as on a log that is not in the database, what is to be sent waits for a relay */
export async function startHarness({
  partitions = 3,
  members = 1,
  hasRelay = false,
  maxBatchRows = 5_000,
} = {}): Promise<IdentityHarness> {
  const database = await createTestDatabase();
  const { connectionString } = database;
  const logger = createLogger({ service: 'identity', level: 'error' });
  const pool = createPool({
    connectionString,
    applicationName: 'identity-test',
    max: 20,
    onError: (error) => logger.warn({ event: 'pool.error', err: error }),
  });
  await runMigrations(pool, {
    schema: 'identity',
    directories: [join(import.meta.dirname, '../../migrations'), consumerMigrations],
  });
  const consumerPool = createConsumerPool({
    connectionString,
    applicationName: 'identity-test-consumer',
    max: 20,
    onError: (error) => logger.warn({ event: 'pool.error', err: error }),
  });
  const firstPolicy = policySchema.parse({});
  const rules = Array.from({ length: members }, () => new CurrentRules(firstPolicy));
  const [ofFirst] = rules;
  const ids = createIdentifierIds('a secret for tests only', undefined, (type, value, region) =>
    (ofFirst ?? new CurrentRules(firstPolicy)).current.normalize(type, value, region),
  );
  const log = createPostgresEventLog({ pool, instanceId: 'identity-test', logger, pollMs: 50 });
  await log.ensureTopics([
    { name: topics.touchpoints, partitions },
    { name: topics.resolved, partitions },
    { name: topics.profiles, partitions },
    { name: topics.journeys, partitions: 1 },
    { name: topics.rejected, partitions: 1 },
  ]);
  const running: RunningIdentity[] = [];
  const watches: ConsumerWatch[] = [];
  for (let member = 0; member < members; member += 1) {
    const summary = createSummary({ logger, service: 'identity' });
    const watch = createConsumerWatch({ pool, schema: 'identity', log, logger, hasOutbox: true });
    watches.push(watch);
    running.push(
      await startIdentity({
        pool: consumerPool,
        log: hasRelay ? withoutTransactions(log) : log,
        watch,
        logger,
        summary,
        ids,
        rejectedRetentionDays: 90,
        publishedTraits: ['plan', 'visits'],
        blockedDefinition: blockedDefinition({}),
        eraseCopies: () => Promise.resolve({ rejections: [], deadLetters: 0, next: null }),
        normalization: normalizationDefinition,
        firstPolicy,
        rules: rules[member] ?? new CurrentRules(firstPolicy),
        maxBatchRows,
      }),
    );
  }
  const identity = running[0];
  if (identity === undefined) throw new Error('a harness needs a member');
  return {
    pool,
    log,
    ids,
    identity,
    connectionString,
    async send(touchpoints) {
      await log.append(
        touchpoints.map((accepted) => {
          const strongest = accepted.touchpoint.identifiers[0];
          return {
            topic: topics.touchpoints,
            key: `${strongest?.type}:${strongest?.value}`,
            // Of one person some of each: what comes of it is the same.
            traffic: partitionOfKey(accepted.touchpoint.id, 2) === 0 ? 'interactive' : 'bulk',
            value: JSON.stringify(accepted),
          };
        }),
      );
    },
    async settle() {
      await until(
        'identity is caught up and rechecks nothing',
        async () => (await pendingRecords(pool)) === 0 && (await countRechecks(pool)) === 0,
      );
    },
    async close() {
      await Promise.all([...watches, ...running].map((one) => one.stop()));
      await log.close();
      await consumerPool.end();
      await pool.end();
      await database.drop();
    },
  };
}

async function pendingRecords(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ pending: number }>(
    `select coalesce(sum(h.next_offset - coalesce(o.next_offset, 0)), 0)::integer as pending
     from event_log.partition_head h left join identity.consumer_offset o
       on o.topic = h.topic and o.partition = h.partition and o.group_name = 'identity'
     where h.topic = $1`,
    [topics.touchpoints],
  );
  return rows[0]?.pending ?? 0;
}
