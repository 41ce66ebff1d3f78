/** The resolver on a Postgres, without a log, HTTP or other processes: what benchmarks of single touchpoints start from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AcceptedTouchpoint } from '@throughline/contracts';
import { consumerMigrations, createPostgresEventLog, untraced, writeOutbox } from '@throughline/event-log';
import { createConsumerPool, inTransaction, runMigrations } from '@throughline/postgres';
import { createLogger, createSummary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { type DecodedTouchpoint, parseTouchpoint } from '../src/consume/decode-touchpoint.ts';
import type { IdentityContext } from '../src/consume/identity-context.ts';
import { resolveBatch } from '../src/consume/resolve-batch.ts';
import { workOffRecheck } from '../src/consume/work-off-rechecks.ts';
import { policySchema } from '../src/core/policy.ts';
import { createRules } from '../src/core/rules.ts';
import { createIdentifierIds } from '../src/identifier-id.ts';

export const benchSecret = 'a secret for benchmarks only';

export interface Bench {
  /** Of one connection, so that its backend's CPU can be read. */
  pool: Pool;
  consume: (touchpoints: readonly AcceptedTouchpoint[]) => Promise<void>;
  /** Consumes them in batches, and works off what they leave to be rechecked. */
  fill: (touchpoints: readonly AcceptedTouchpoint[], batch: number) => Promise<void>;
  /** Of the backend, in steps of 10. */
  postgresCpuMs: () => Promise<number>;
}

/** @param isKept whether what an earlier run has stored stays */
export async function openBench(name: string, { isKept = false } = {}): Promise<Bench> {
  const logger = createLogger({ service: 'identity', level: 'error' });
  const pool = createConsumerPool({
    connectionString: process.env['DATABASE_URL'] ?? '',
    applicationName: name,
    max: 1,
    onError: (error) => console.error(error),
  });
  if (!isKept) await pool.query('drop schema if exists identity cascade');
  await runMigrations(pool, {
    schema: 'identity',
    directories: [join(import.meta.dirname, '../migrations'), consumerMigrations],
  });
  const ids = createIdentifierIds(benchSecret);
  const rules = createRules({ version: 1, policy: policySchema.parse({}), withdrawals: [] });
  const context: IdentityContext = {
    pool,
    log: createPostgresEventLog({ pool, instanceId: name, logger }),
    logger,
    summary: createSummary({ logger, service: 'identity' }),
    ids,
    rules: {
      current: rules,
      former: new Map(),
      enter: () => Promise.resolve({ version: 1, isCaptured: false }),
    },
    maxBatchRows: Number.POSITIVE_INFINITY,
    publishedTraits: new Set(),
    resolvedPartitions: 4,
    rejectedPartitions: 1,
    profilesPartitions: 4,
    knownSources: new Set(['bench']),
    noteSources: () => {},
    outbox: {
      write: async (client, shard, records) => {
        await writeOutbox(client, { schema: 'identity', shard, records });
      },
      nudge: () => {},
    },
  };

  function decode(touchpoint: AcceptedTouchpoint): DecodedTouchpoint {
    const parsed = parseTouchpoint({ offset: 0, key: '', value: JSON.stringify(touchpoint) }, ids, rules);
    if (parsed.kind !== 'readable') throw new Error(`an unreadable touchpoint: ${parsed.kind}`);
    return parsed.value;
  }

  async function consume(touchpoints: readonly AcceptedTouchpoint[]): Promise<void> {
    const neededKeys = new Set<string>();
    await inTransaction(pool, async (client) => {
      const records = touchpoints.map(decode);
      const partitions = [{ partition: 0, records }];
      const place = { topic: 'touchpoints.v1', traffic: 'bulk', shard: 'touchpoints.v1/0' } as const;
      await resolveBatch(context, { client, ...place, partitions, records, neededKeys, trace: untraced });
    });
  }

  return {
    pool,
    consume,
    fill: async (touchpoints, batch) => {
      for (let start = 0; start < touchpoints.length; start += batch)
        await consume(touchpoints.slice(start, start + batch));
      while (await workOffRecheck(context));
    },
    postgresCpuMs: async () => {
      const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
      const fields = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
  };
}
