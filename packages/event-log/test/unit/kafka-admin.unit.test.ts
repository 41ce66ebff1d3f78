import type { Admin, Kafka } from 'kafkajs';
import { expect, test } from 'vitest';
import { KafkaAdmin } from '../../src/kafka/kafka-admin.ts';
import { until } from '@throughline/testkit';

/** Every question waits until the test lets it fail. */
function playedKafka() {
  const failures: (() => void)[] = [];
  const disconnected: number[] = [];
  let connections = 0;
  const kafka = {
    admin: () => {
      const connection = connections++;
      return {
        connect: () => Promise.resolve(),
        disconnect: () => Promise.resolve(void disconnected.push(connection)),
        describeCluster: () =>
          new Promise((_resolve, reject) => {
            failures.push(() => reject(new Error('refused')));
          }),
      } as unknown as Admin;
    },
  } as unknown as Kafka;
  return { admin: new KafkaAdmin(kafka), failures, disconnected };
}

test('a question that fails does not close the connection that was made after its own', async () => {
  const { admin, failures, disconnected } = playedKafka();
  const settled = [admin.ping(), admin.ping()].map((ping) => ping.catch(() => 'failed'));
  await until('both are asked', () => failures.length === 2);
  failures[0]?.();
  await settled[0];
  await until('their connection is closed', () => disconnected.length === 1);
  settled.push(admin.ping().catch(() => 'failed'));
  await until('another is asked on a new one', () => failures.length === 3);
  failures[1]?.();
  await settled[1];
  // Closing takes a few turns of the event loop.
  await new Promise(setImmediate);
  expect(disconnected).toEqual([0]);
  failures[2]?.();
  await Promise.all(settled);
  await until('it is closed by its own failure', () => disconnected.length === 2);
});
