/** Keeps what `rejected.v1` tells in the rejected store. Through the log, so that a reject is as durable as an acceptance. */
import { consumerGroups, rejectedItemSchema, topics, type RejectedItem } from '@throughline/contracts';
import {
  consumeInTransaction,
  loadConsumerPosition,
  saveDeadLetter,
  type ConsumerWatch,
  type LogRecord,
  type PartitionBatch,
  type Subscription,
} from '@throughline/event-log';
import type { Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { saveRejected } from '../db/save-rejected.ts';

const schema = 'ingest';
const group = consumerGroups.rejectedStore;

export interface KeepRejectedOptions {
  pool: Pool;
  /** What the consumer subscribes through. */
  watch: Pick<ConsumerWatch, 'subscribe'>;
  summary: Summary;
}

export async function startKeepingRejected(options: KeepRejectedOptions): Promise<Subscription> {
  const { pool, watch } = options;
  return await watch.subscribe({
    group,
    topics: [topics.rejected],
    loadPosition: (topic, partition) => loadConsumerPosition(pool, { schema, group }, topic, partition),
    handle: (batch) => keepBatch(options, batch),
    // A reject can be as large as a request.
    maxBatchRecords: 200,
  });
}

async function keepBatch({ pool, summary }: KeepRejectedOptions, batch: PartitionBatch): Promise<void> {
  const startedAt = performance.now();
  let kept = 0;
  await consumeInTransaction(pool, { schema, group, batch }, async ({ client, records }) => {
    const items: RejectedItem[] = [];
    for (const record of records) {
      const item = parseRejected(record);
      if (item !== null) items.push(item);
      else {
        const { topic, partition } = batch;
        const reason = { code: 'unreadable_record', message: 'not a rejected item' };
        await saveDeadLetter(client, { schema, group, topic, partition, record, ...reason });
      }
    }
    await saveRejected(client, items);
    kept = items.length;
  });
  summary.count('rejectedKept', kept);
  summary.timing('keepRejected', performance.now() - startedAt);
}

function parseRejected(record: LogRecord): RejectedItem | null {
  try {
    const parsed = rejectedItemSchema.safeParse(JSON.parse(record.value));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
