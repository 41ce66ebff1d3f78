/** kafkajs may stop fetching without a word. Here it is made to, behind the adapter's back, on a real broker. */
import { randomUUID } from 'node:crypto';
import { silentLog } from '@throughline/postgres';
import { canRunKafka, findTestKafka, until } from '@throughline/testkit';
import type { Consumer, Kafka } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { createKafkaEventLog } from '../../src/kafka/create-kafka-event-log.ts';
import { createKafka } from '../../src/kafka/kafka-client.ts';
import { KafkaAdmin } from '../../src/kafka/kafka-admin.ts';
import { KafkaProblems } from '../../src/kafka/kafka-problems.ts';
import { KafkaSubscription } from '../../src/kafka/kafka-subscription.ts';
import { observeActivity } from '../../src/watch/consumer-activity.ts';

describe.runIf(canRunKafka())('with a real broker', () => {
  test('a consumer whose fetches stop is replaced, counted, and continues where it was', async () => {
    const brokers = (await findTestKafka()).split(',');
    const log = createKafkaEventLog({ brokers, instanceId: 'test', logger: silentLog });
    const topic = `stalled-${randomUUID().slice(0, 8)}`;
    await log.ensureTopics([{ name: topic, partitions: 1 }]);
    const kafka = createKafka({ brokers }, { clientId: 'test', say: () => {} });
    const consumers: Consumer[] = [];
    const observedKafka = Object.create(kafka, {
      consumer: {
        value: (...given: Parameters<Kafka['consumer']>) => {
          const made = kafka.consumer(...given);
          consumers.push(made);
          return made;
        },
      },
    }) as Kafka;
    const admin = new KafkaAdmin(kafka);
    /** By offset; the log may hold one twice. */
    const seen: string[] = [];
    const activity = observeActivity(
      {
        group: `stalled-${randomUUID().slice(0, 8)}`,
        topics: [topic],
        loadPosition: () => Promise.resolve({ nextOffset: seen.length, lastRecord: null }),
        handle: (batch) => {
          for (const { offset, value } of batch.records) seen[offset] = value;
          return Promise.resolve();
        },
        onProblem: () => {},
      },
      () => performance.now(),
    );
    const restarted: unknown[] = [];
    const subscription = new KafkaSubscription({
      createClient: () => observedKafka,
      admin,
      problems: new KafkaProblems({ ...silentLog, warn: (fields) => restarted.push(fields['event']) }),
      sessionTimeoutMs: 6_000,
      haltRecheckMs: 100,
      settleMs: 500,
      reportIntervalMs: 50,
      // Two looks have to leave the new client time to join.
      watchIntervalMs: 2_000,
      joinTimeoutMs: 120_000,
      subscription: activity.observed,
      onStopped: () => {},
    });
    await subscription.start();
    try {
      await log.append([{ topic, key: 'k', value: '0' }]);
      await until('the first is consumed', () => seen.includes('0'));
      consumers[0]?.pause([{ topic }]);
      await log.append([{ topic, key: 'k', value: '1' }]);
      await until('the second is consumed', () => seen.includes('1'));
      expect(new Set(seen)).toEqual(new Set(['0', '1']));
      expect(consumers.length).toBeGreaterThan(1);
      expect(restarted).toContain('log.consumer_restarted');
      // The last one may be on its way.
      expect(activity.clientReplacements()).toBeGreaterThanOrEqual(consumers.length - 1);
    } finally {
      await subscription.stop();
      await admin.close();
      await log.close();
    }
  });
});
