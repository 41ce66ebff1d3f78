import { randomUUID } from 'node:crypto';
import { canRunKafka, findTestKafka } from '@throughline/testkit';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { examineKafka } from '../../src/examine-kafka.ts';
import { LogFailure } from '../../src/log-failure.ts';

describe.runIf(canRunKafka())('examining a cluster', () => {
  test('names the topics that are missing and those that cannot be used, and creates none', async () => {
    const brokers = (await findTestKafka()).split(',');
    const [compacted, missing] = [`compacted-${randomUUID()}`, `missing-${randomUUID()}`];
    const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await admin.createTopics({
        topics: [{ topic: compacted, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }],
        waitForLeaders: true,
      });
      const examined = await examineKafka({ brokers }, [compacted, missing]);
      expect(examined).toMatchObject({ missing: [missing] });
      expect(examined.faults).toContainEqual(
        expect.objectContaining({ topic: compacted, reason: 'compacted', isFatal: true }),
      );
      expect(await admin.listTopics()).not.toContain(missing);
    } finally {
      await admin.deleteTopics({ topics: [compacted] });
      await admin.disconnect();
    }
  });
});

test('a cluster that does not answer is explained with what to do', async () => {
  await expect(examineKafka({ brokers: ['127.0.0.1:1'] }, [])).rejects.toThrow(LogFailure);
  await expect(examineKafka({ brokers: ['127.0.0.1:1'] }, [])).rejects.toThrow('Start the brokers');
});
