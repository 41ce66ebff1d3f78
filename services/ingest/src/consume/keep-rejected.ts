/** Keeps what `rejected.v1` says in the rejected store. Through the log, so that a reject is as durable as an acceptance. */
import { consumerGroups, rejectedItemSchema, topics, type RejectedItem } from '@throughline/contracts';
import { parseJsonRecord, runConsumer, type Consumer, type Subscription } from '@throughline/event-log';
import { consumerDependencies, type ConsumerParts } from '@throughline/runtime/service';
import type { Summary } from '@throughline/runtime';
import { withoutErased } from '../db/erased-words.ts';
import { saveRejected } from '../db/save-rejected.ts';

/** Of the texts of rejected items in one transaction: a reject can be as large as a request. */
const maxTransactionCharacters = 2 * 1024 * 1024;

export async function startKeepingRejected(
  parts: ConsumerParts & { summary: Summary },
): Promise<Subscription> {
  return await runConsumer(rejectedConsumer(parts.summary), consumerDependencies(parts));
}

function rejectedConsumer(summary: Summary): Consumer<RejectedItem, void> {
  return {
    schema: 'ingest',
    group: consumerGroups.rejectedStore,
    topic: topics.rejected,
    maxRecords: 200,
    maxWeight: maxTransactionCharacters,
    parse: (record) => ({
      ...parseJsonRecord(record, { schema: rejectedItemSchema, kindPaths: [], touchpointPath: '' }),
      weight: record.value.length,
    }),
    handle: async ({ client, records }) => {
      await saveRejected(client, await withoutErased(client, records));
    },
    report({ records, durationMs }) {
      summary.count('rejectedKept', records.length);
      summary.timing('keepRejected', durationMs);
    },
  };
}
