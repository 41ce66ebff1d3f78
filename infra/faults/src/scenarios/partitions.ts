/**
 * Adds partitions to the topics under load: records of one key may be consumed out of order once, since their partition
 * changes, but the figures stay the same.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Run, Scenario } from '../run.ts';

const raisedPartitions = 6;
/** Processes ask the brokers for the number of partitions every 30 s. */
const metadataRefreshMs = 32_000;
const topics = ['touchpoints.v1', 'resolved.v1'];

export const partitions: Scenario = {
  name: 'partitions',
  brokers: 1,
  processesPerService: 2,
  faults: [...topics.map((topic) => `${topic} raised`), 'new partitions were used'],
  inject,
};

async function inject({ kafkaBrokers, sender, faultRecord }: Run): Promise<void> {
  const admin = new Kafka({ clientId: 'faults', brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    sender.holdAt(0.5);
    await sender.reached(0.25);
    const usedBefore = await findUsed(admin);
    for (const topic of topics) {
      await admin.createPartitions({ topicPartitions: [{ topic, count: raisedPartitions }] });
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] });
      faultRecord.note(
        `${topic} raised`,
        found[0]?.partitions.length === raisedPartitions && sender.acknowledgedShare() < 1,
      );
    }
    // Up to half of the batches are sent while partitions are added, the rest when every producer knows the new ones.
    await delay(metadataRefreshMs);
    sender.holdAt(1);
    await sender.finished;
    const isNew = (partition: number) => !usedBefore.includes(partition);
    faultRecord.note('new partitions were used', (await findUsed(admin)).some(isNew));
  } finally {
    await admin.disconnect();
  }
}

/** The first half of the partitions is for requests as small as the sender's: new ones may be among those that were unused. */
async function findUsed(admin: Admin): Promise<number[]> {
  const ends = await admin.fetchTopicOffsets('touchpoints.v1');
  return ends.flatMap(({ partition, high }) => (Number(high) > 0 ? [partition] : []));
}
