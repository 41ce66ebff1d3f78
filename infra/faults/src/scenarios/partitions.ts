/** More partitions under load: a key's records may change places once, the figures do not. */
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Run, Scenario } from '../run.ts';

const raised = 6;
/** Processes ask for the number of partitions every 30 s. */
const metadataAgeMs = 32_000;
const topics = ['touchpoints.v1', 'resolved.v1'];

export const partitions: Scenario = {
  name: 'partitions',
  brokers: 1,
  each: 2,
  faults: [...topics.map((topic) => `${topic} raised`), 'new partitions were used'],
  inject,
};

async function inject({ kafkaBrokers, sender, ledger }: Run): Promise<void> {
  const admin = new Kafka({ clientId: 'faults', brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    sender.holdAt(0.5);
    await sender.reached(0.25);
    for (const topic of topics) {
      await admin.createPartitions({ topicPartitions: [{ topic, count: raised }] });
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] });
      ledger.record(`${topic} raised`, found[0]?.partitions.length === raised && sender.share() < 1);
    }
    // Half of the stream meets the change; the rest comes when every producer has heard of the new partitions.
    await delay(metadataAgeMs);
    sender.holdAt(1);
    await sender.finished;
    const ends = await admin.fetchTopicOffsets('touchpoints.v1');
    const used = ends.filter(({ partition, high }) => partition >= 3 && Number(high) > 0).length;
    ledger.record('new partitions were used', used > 0);
  } finally {
    await admin.disconnect();
  }
}
