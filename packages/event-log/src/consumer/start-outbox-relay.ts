/**
 * Carries outbox rows to the log. A relay owns a shard by its row lock for one transaction at a time, sends in order,
 * and moves the cursor when the log has acknowledged. Killed in between, the next one sends the same rows again: the
 * receiver's watermark drops them.
 */
import { inTransaction, type StructuredLog } from '@throughline/postgres';
import { type Backoff, backoffMs, jittered } from '@throughline/timing';
import type { Pool, PoolClient } from 'pg';
import { decodeBatch, type KeyedValue } from '../batch-payload.ts';
import type { EventLog } from '../port.ts';

export interface OutboxRelayOptions {
  pool: Pool;
  schema: string;
  log: EventLog;
  logger: StructuredLog;
  /** Looks this often without a nudge, for what other processes wrote or left. Default 500. */
  pollMs?: number;
}

export interface OutboxRelay {
  /** Something was committed: do not wait for the poll. */
  nudge(): void;
  /** Finishes the send that is running. */
  stop(): Promise<void>;
}

interface OutboxRow {
  first_sequence: number;
  topic: string;
  partition: number;
  payload: Buffer;
}

/** Of one transaction: about 4 MiB, so that it stays short. */
const maxSendBytes = 4 * 1024 * 1024;
const maxSendRows = 200;
/** Shards that one relay sends at a time; each takes a connection, and one more while it appends to a Postgres log. */
const concurrentShards = 2;
const backoff: Backoff = { firstMs: 100, longestMs: 5_000 };

/** Any number of processes may run relays of one schema. */
export function startOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { pool, schema, logger, pollMs = 500 } = options;
  const stopping = new AbortController();
  let nudged = false;
  let failures = 0;
  let wake: (() => void) | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      nudged = false;
      try {
        await sendAll();
        failures = 0;
      } catch (error) {
        failures++;
        logger.warn(
          { event: 'outbox.retrying', schema, attempt: failures, err: error },
          'outbox could not be sent: it is retried',
        );
      }
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- nudge() sets it meanwhile
      if (!nudged || failures > 0)
        await rest(failures === 0 ? pollMs : jittered(backoffMs(backoff, failures), Math.random()));
    }
  }

  async function sendAll(): Promise<void> {
    for (;;) {
      const shards = await findPendingShards(pool, schema);
      let sent = 0;
      const next = async (): Promise<void> => {
        for (
          let shard = shards.shift();
          shard !== undefined && !stopping.signal.aborted;
          shard = shards.shift()
        ) {
          sent += await sendShard(options, shard);
        }
      };
      const results = await Promise.allSettled(Array.from({ length: concurrentShards }, next));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      if (sent === 0 || stopping.signal.aborted) return;
    }
  }

  async function rest(ms: number): Promise<void> {
    if (stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = undefined;
  }

  const running = run();
  return {
    nudge() {
      nudged = true;
      // A log that is down is not asked more often for being asked by many.
      if (failures === 0) wake?.();
    },
    async stop() {
      stopping.abort();
      wake?.();
      await running;
    },
  };
}

async function findPendingShards(pool: Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query<{ shard: string }>({
    name: `pending_${schema}`,
    text: `select s.shard from ${schema}.outbox_shard s
           where exists (select 1 from ${schema}.outbox o where o.shard = s.shard and o.first_sequence > s.sent_through)
           order by s.shard limit 1000`,
  });
  return rows.map((row) => row.shard);
}

/** One transaction's worth; the number of rows sent, 0 when another relay has the shard. */
async function sendShard(options: OutboxRelayOptions, shard: string): Promise<number> {
  const { pool, schema, log } = options;
  return await inTransaction(pool, async (client) => {
    const rows = await lockAndRead(client, schema, shard);
    if (rows.length === 0) return 0;
    const targets = new Map<string, { topic: string; partition: number; records: KeyedValue[] }>();
    for (const { topic, partition, payload } of rows) {
      const name = `${topic}/${partition}`;
      const target = targets.get(name) ?? { topic, partition, records: [] };
      targets.set(name, target);
      for (const record of decodeBatch(payload)) target.records.push(record);
    }
    // Together, so that the log takes them in one flush. Order matters within a partition only.
    await Promise.all(
      [...targets.values()].map(({ topic, partition, records }) =>
        log.appendToPartition(topic, partition, records),
      ),
    );
    // The cursor, although the rows go too: a search from it does not step over the dead entries of the index.
    await client.query({
      name: `sent_${schema}`,
      text: `with gone as (delete from ${schema}.outbox where shard = $1 and first_sequence <= $2)
             update ${schema}.outbox_shard set sent_through = $2 where shard = $1`,
      values: [shard, rows.at(-1)?.first_sequence],
    });
    return rows.length;
  });
}

async function lockAndRead(client: PoolClient, schema: string, shard: string): Promise<OutboxRow[]> {
  const locked = await client.query<{ sent_through: number }>({
    name: `own_${schema}`,
    text: `select sent_through from ${schema}.outbox_shard where shard = $1 for update skip locked`,
    values: [shard],
  });
  const cursor = locked.rows[0]?.sent_through;
  if (cursor === undefined) return [];
  const { rows } = await client.query<OutboxRow>({
    name: `outgoing_${schema}`,
    text: `
      select first_sequence, topic, partition, payload from (
        select first_sequence, topic, partition, payload,
          sum(bytes) over (order by first_sequence rows between unbounded preceding and 1 preceding) as bytes_before
        from (select * from ${schema}.outbox where shard = $1 and first_sequence > $2
              order by first_sequence limit ${maxSendRows}) candidate
      ) candidate
      where coalesce(bytes_before, 0) < ${maxSendBytes} order by first_sequence`,
    values: [shard, cursor],
  });
  return rows;
}
