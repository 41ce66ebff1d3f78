/** Consumes `rejected.v1`, so that the trace of a touchpoint can say why it is not one. */
import { consumerGroups, type RejectedItem, rejectedItemSchema, topics } from '@throughline/contracts';
import { type Consumer, parseJsonRecord } from '@throughline/event-log';
import { saveRejections } from '../db/save-rejections.ts';

/** Of the texts of rejected items in one transaction: a reject can be as large as a request. */
const maxTransactionCharacters = 2 * 1024 * 1024;

export const rejectionConsumer: Consumer<RejectedItem, void> = {
  schema: 'identity',
  group: consumerGroups.identityRejections,
  topic: topics.rejected,
  maxWeight: maxTransactionCharacters,
  parse: (record) => ({
    ...parseJsonRecord(record, { schema: rejectedItemSchema, kindPaths: [], touchpointPath: '' }),
    weight: record.value.length,
  }),
  // A conflict is known already, and is part of the trace of the touchpoint that stands.
  handle: ({ client, records }) =>
    saveRejections(
      client,
      records.filter(({ code }) => code !== 'conflicting_touchpoint'),
    ),
};
