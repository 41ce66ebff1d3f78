/**
 * What every adapter of the event log promises. Run by a test file per adapter; the consumers' half, the fence and the
 * outbox, runs along since its promises hold only together with the log's.
 */
import { randomUUID } from 'node:crypto';
import { runMigrations } from '@throughline/postgres';
import { until } from '@throughline/testkit';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { consumerMigrations, type LogRecord } from '../src/index.ts';
import {
  failOnProblem,
  takeUnexpectedProblems,
  type ContractAdapter,
  type ContractBench,
} from './contract/bench.ts';
import { describeAppending } from './contract/appending.ts';
import { describeConsuming } from './contract/consuming.ts';
import { describeHalting } from './contract/halting.ts';
import { describeOutbox } from './contract/outbox.ts';
import { describeGathering } from './contract/gathering.ts';
import { describeRunning } from './contract/running.ts';
import { describeWatching } from './contract/watching.ts';
import { killChildren } from './contract/spawn-child.ts';
import { openLog, type OpenedLog } from './open-log.ts';

export function describeEventLog(name: string, setUp: () => Promise<ContractAdapter>): void {
  describe(name, () => {
    let adapter: ContractAdapter;
    let main: OpenedLog;
    let opened: OpenedLog[] = [];
    let topics = 0;

    beforeAll(async () => {
      adapter = await setUp();
      main = openLog(adapter.configuration, 'main');
      await runMigrations(main.pool, { schema: 'consumer', directories: [consumerMigrations] });
      await main.pool.query(
        'create table consumer.effect (id bigint generated always as identity, value text)',
      );
    });

    afterEach(async () => {
      await killChildren();
      await Promise.all(opened.map((one) => one.close()));
      opened = [];
      await main.pool.query(
        'truncate consumer.effect, consumer.consumer_offset, consumer.consumer_attempt, consumer.outbox_watermark, consumer.dead_letter',
      );
      expect(takeUnexpectedProblems()).toEqual([]);
    });

    afterAll(async () => {
      await main.close();
      await adapter.close();
    });

    const bench: ContractBench = {
      adapter: () => adapter,
      pool: () => main.pool,
      schema: 'consumer',
      open(instanceId = 'test') {
        const one = openLog(adapter.configuration, instanceId);
        opened.push(one);
        return one.log;
      },
      async createTopic(partitions) {
        const topic = `contract-${++topics}-${randomUUID().slice(0, 8)}`;
        await main.log.ensureTopics([{ name: topic, partitions }]);
        return topic;
      },
      async readAll(topic, count) {
        const read: (LogRecord & { partition: number })[] = [];
        const known = new Set<string>();
        const subscription = await main.log.subscribe({
          group: `reader-${randomUUID()}`,
          topics: [topic],
          loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
          handle: (batch) => {
            for (const record of batch.records) {
              const signature = JSON.stringify([batch.partition, record.key, record.value]);
              if (!known.has(signature)) read.push({ ...record, partition: batch.partition });
              known.add(signature);
            }
            return Promise.resolve();
          },
          onProblem: failOnProblem,
        });
        try {
          await until(`${count} records of ${topic} are read`, () => read.length >= count);
        } finally {
          await subscription.stop();
        }
        return read;
      },
    };

    describeAppending(bench);
    describeConsuming(bench);
    describeHalting(bench);
    describeOutbox(bench);
    describeRunning(bench);
    describeGathering(bench);
    describeWatching(bench);
  });
}
