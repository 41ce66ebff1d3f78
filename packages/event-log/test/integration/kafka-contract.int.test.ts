import { canRunKafka, createTestDatabase, findTestKafka } from '@throughline/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { describe } from 'vitest';
import { describeEventLog } from '../contract.ts';

describe.runIf(canRunKafka())('with a real broker', () => {
  describeEventLog('the event log on Kafka', async () => {
    const [database, brokers] = await Promise.all([createTestDatabase(), findTestKafka()]);
    const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return {
      configuration: { adapter: 'kafka', brokers, connectionString: database.connectionString },
      async dropBelow(topic, partition, offset) {
        // The client has to know the topic.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
      },
      async close() {
        await admin.disconnect();
        await database.drop();
      },
    };
  });
});
