/** What goes with the retention of a topic, and what compaction takes: or a person who was erased would stay in the topics. */
import { randomUUID } from 'node:crypto';
import { silentLog } from '@throughline/postgres';
import { canRunKafka, findTestKafka, until } from '@throughline/testkit';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventLog } from '../../src/index.ts';
import { createKafkaEventLog } from '../../src/kafka/create-kafka-event-log.ts';
import { failOnProblem } from '../contract/bench.ts';

const oneSecondInDays = 1 / 86_400;

describe.runIf(canRunKafka())('on a real broker', () => {
  const run = randomUUID().slice(0, 8);
  const [deleted, compacted] = [`deleted-${run}`, `compacted-${run}`];
  let log: EventLog;
  let admin: Admin;

  beforeAll(async () => {
    const brokers = (await findTestKafka()).split(',');
    admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    log = createKafkaEventLog({
      brokers,
      instanceId: 'test',
      logger: silentLog,
      retentionDays: oneSecondInDays,
    });
    await log.ensureTopics([
      { name: deleted, partitions: 1 },
      { name: compacted, partitions: 1, isCompacted: true },
    ]);
  });
  afterAll(async () => {
    await log.close();
    await admin.deleteTopics({ topics: [deleted, compacted] });
    await admin.disconnect();
  });

  const append = (topic: string, key: string, value: string): Promise<void> =>
    log.appendToPartition(topic, 0, [{ key, value }]);

  test('a topic holds no record when its retention has passed', async () => {
    await append(deleted, 'person', 'canary');
    await until('it holds nothing', async () => {
      const [range] = await admin.fetchTopicOffsets(deleted);
      return range?.high === '1' && range.low === '1';
    });
  });

  test('a compacted topic loses the state that a later one has replaced, and keeps the later one', async () => {
    await append(compacted, 'person', 'canary');
    await append(compacted, 'person', 'gone');
    let values: string[] = [];
    await until('the former state has gone', async () => {
      // A record that comes later begins another segment: the one that is written to is not compacted.
      await append(compacted, 'other', randomUUID());
      values = await allValues();
      return !values.includes('canary');
    });
    expect(values).toContain('gone');
  });

  /** Up to a record that is sent now. */
  async function allValues(): Promise<string[]> {
    const [last, values] = [randomUUID(), [] as string[]];
    await append(compacted, 'last', last);
    const subscription = await log.subscribe({
      group: `reader-${last}`,
      topics: [compacted],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: ({ records }) => {
        values.push(...records.map(({ value }) => value));
        return Promise.resolve();
      },
      onProblem: failOnProblem,
    });
    await until('all are read', () => values.includes(last));
    await subscription.stop();
    return values;
  }
});
