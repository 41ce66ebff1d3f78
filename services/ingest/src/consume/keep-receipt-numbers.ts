/** Keeps the numbers of received receipts, by which those that never came are found. */
import { consumerGroups, receivedReceiptSchema, topics, type ReceivedReceipt } from '@throughline/contracts';
import { parseJsonRecord, runConsumer, type Consumer, type Subscription } from '@throughline/event-log';
import { consumerDependencies, type ConsumerParts } from '@throughline/runtime/service';
import { saveReceiptNumbers } from '../db/save-receipt-numbers.ts';

export async function startKeepingReceiptNumbers(parts: ConsumerParts): Promise<Subscription> {
  return await runConsumer(receiptNumberConsumer, consumerDependencies(parts));
}

const receiptNumberConsumer: Consumer<ReceivedReceipt, void> = {
  schema: 'ingest',
  group: consumerGroups.receiptNumbers,
  topic: topics.receiptNumbers,
  parse: (record) =>
    parseJsonRecord(record, { schema: receivedReceiptSchema, kindPaths: ['state'], touchpointPath: '' }),
  handle: ({ client, records }) => saveReceiptNumbers(client, records),
};
