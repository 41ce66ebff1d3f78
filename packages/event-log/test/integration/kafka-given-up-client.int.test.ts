/** A client that is given up while it joins its group continues to join: it must not end up with partitions that it does not read. */
import { randomUUID } from 'node:crypto';
import { silentLog } from '@throughline/postgres';
import { canRunKafka, findTestKafka, until } from '@throughline/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { createKafkaEventLog } from '../../src/kafka/create-kafka-event-log.ts';
import { failOnProblem, takeUnexpectedProblems } from '../contract/bench.ts';

describe.runIf(canRunKafka())('with a real broker', () => {
  test('a client that is stopped while it joins is no member of the group afterwards', async () => {
    const brokers = (await findTestKafka()).split(',');
    const log = createKafkaEventLog({ brokers, instanceId: 'test', logger: silentLog });
    const topic = `given-up-${randomUUID().slice(0, 8)}`;
    const group = topic;
    await log.ensureTopics([{ name: topic, partitions: 1 }]);
    await log.append([{ topic, key: 'k', value: '0' }]);
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const describeGroup = async () => (await admin.describeGroups([group])).groups[0];

    // Sends no heartbeat while it handles its batch, so that a member that joins waits for the end of its session.
    const released = Promise.withResolvers<void>();
    const silent = kafka.consumer({ groupId: group, sessionTimeout: 8_000, retry: { retries: 0 } });
    try {
      await silent.connect();
      await silent.subscribe({ topics: [topic], fromBeginning: true });
      let isSilent = false;
      await silent.run({
        autoCommit: false,
        eachBatch: () => {
          isSilent = true;
          return released.promise;
        },
      });
      await until('the other member is silent', () => isSilent);
      const silentId = (await describeGroup())?.members[0]?.memberId;

      const subscription = await log.subscribe({
        group,
        topics: [topic],
        loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
        handle: () => Promise.resolve(),
        onProblem: failOnProblem,
      });
      await until('it joins', async () => (await describeGroup())?.state === 'PreparingRebalance');
      await subscription.stop();
      await until(
        'the silent member is out',
        async () => !(await describeGroup())?.members.some(({ memberId }) => memberId === silentId),
      );
      await until('no member is left', async () => (await describeGroup())?.members.length === 0);
      expect(takeUnexpectedProblems()).toEqual([]);
    } finally {
      released.resolve();
      await silent.disconnect();
      await admin.disconnect();
      await log.close();
    }
  }, 400_000);
});
