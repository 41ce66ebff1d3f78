import { randomUUID } from 'node:crypto';
import { silentLog } from '@throughline/postgres';
import { canRunKafka, findTestKafka, until } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EventLog } from '../../src/index.ts';
import { createKafkaEventLog } from '../../src/kafka/create-kafka-event-log.ts';
import { failOnProblem, takeUnexpectedProblems } from '../contract/bench.ts';

const compressions = ['zstd', 'gzip', 'none'] as const;

describe.runIf(canRunKafka())('on a real broker', () => {
  const topic = `compressed-${randomUUID().slice(0, 8)}`;
  const logs: EventLog[] = [];
  let brokers: string[];

  function open(compression?: (typeof compressions)[number]): EventLog {
    const log = createKafkaEventLog({ brokers, instanceId: 'test', logger: silentLog, compression });
    logs.push(log);
    return log;
  }

  beforeAll(async () => {
    brokers = (await findTestKafka()).split(',');
    await open().ensureTopics([{ name: topic, partitions: compressions.length }]);
  });

  afterAll(async () => {
    await Promise.all(logs.map((log) => log.close()));
  });

  test('what was sent with any compression is read, whatever the reader itself would send with', async () => {
    const value = JSON.stringify({ text: 'the same again and again, '.repeat(100) });
    for (const [partition, compression] of compressions.entries()) {
      await open(compression).appendToPartition(topic, partition, [{ key: compression, value }]);
    }
    const read = new Map<string, string>();
    const subscription = await open('gzip').subscribe({
      group: `reader-${topic}`,
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: ({ records }) => {
        for (const record of records) read.set(record.key, record.value);
        return Promise.resolve();
      },
      onProblem: failOnProblem,
    });
    await until('all are read', () => read.size === compressions.length);
    await subscription.stop();
    expect(Object.fromEntries(read)).toEqual({ zstd: value, gzip: value, none: value });
    expect(takeUnexpectedProblems()).toEqual([]);
  });
});
