/** Consumes `rejected.v1`, so that the trace of a touchpoint can say why it is not one. */
import { consumerGroups, type RejectedItem, rejectedItemSchema } from '@throughline/contracts';
import { consumeInTransaction, type PartitionBatch, saveDeadLetter } from '@throughline/event-log';
import { saveRejections } from '../db/save-rejections.ts';
import type { IdentityContext } from './identity-context.ts';

export async function keepRejections(context: IdentityContext, batch: PartitionBatch): Promise<void> {
  const group = consumerGroups.identityRejections;
  await consumeInTransaction(
    context.pool,
    { schema: 'identity', group, batch },
    async ({ client, records }) => {
      const rejections: RejectedItem[] = [];
      for (const record of records) {
        const parsed = parseRejection(record.value);
        if (parsed !== null) {
          rejections.push(parsed);
          continue;
        }
        const { topic, partition } = batch;
        const reason = { code: 'unreadable_record', message: 'not a rejected item' };
        await saveDeadLetter(client, { schema: 'identity', group, topic, partition, record, ...reason });
      }
      await saveRejections(client, rejections);
    },
  );
}

function parseRejection(value: string): RejectedItem | null {
  try {
    const parsed = rejectedItemSchema.safeParse(JSON.parse(value));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
