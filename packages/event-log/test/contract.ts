/**
 * What every adapter of the event log promises. Run by a test file per adapter; the consumers' half, the fence and the
 * outbox, runs along since its promises hold only together with the log's.
 */
import { randomUUID } from 'node:crypto';
import { runMigrations } from '@throughline/postgres';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { consumerMigrations, type EventLog, type LogRecord, type SubscribeOptions } from '../src/index.ts';
import { describeAppending } from './contract/appending.ts';
import { describeConsuming } from './contract/consuming.ts';
import { describeHalting } from './contract/halting.ts';
import { describeOutbox } from './contract/outbox.ts';
import { openLog, type LogConfiguration, type OpenedLog } from './open-log.ts';

export interface ContractAdapter {
  configuration: LogConfiguration;
  /** Makes the log of a partition begin at `offset`, as retention does. */
  dropBelow(topic: string, partition: number, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** What the parts of the suite work with. */
export interface ContractBench {
  adapter(): ContractAdapter;
  pool(): Pool;
  schema: string;
  /** A log as a process of its own would have it; closed after the test. */
  open(instanceId?: string): EventLog;
  createTopic(partitions: number): Promise<string>;
  /** Every record of a topic, read by a group of its own. */
  readAll(topic: string, count: number): Promise<(LogRecord & { partition: number })[]>;
}

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
      await Promise.all(opened.map((one) => one.close()));
      opened = [];
      await main.pool.query('truncate consumer.effect, consumer.consumer_offset, consumer.outbox_watermark');
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
        const subscription = await main.log.subscribe({
          group: `reader-${randomUUID()}`,
          topics: [topic],
          loadNextOffset: () => Promise.resolve(0),
          handle: (batch) => {
            for (const record of batch.records) read.push({ ...record, partition: batch.partition });
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
  });
}

export const failOnProblem: SubscribeOptions['onProblem'] = (problem) => {
  throw new Error(`unexpected: ${JSON.stringify(problem)}`);
};

/** Polls with a deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`in ${deadlineMs} ms it did not happen that ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
