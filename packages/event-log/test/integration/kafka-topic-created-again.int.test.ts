import {
  canRunKafka,
  createTestDatabase,
  findTestKafka,
  type TestDatabase,
  until,
} from '@throughline/testkit';
import { runMigrations } from '@throughline/postgres';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  consumeInTransaction,
  consumerMigrations,
  loadConsumerPosition,
  type ConsumerProblem,
  type Subscription,
} from '../../src/index.ts';
import { openLog, type OpenedLog } from '../open-log.ts';

const consumer = { schema: 'consumer', group: 'readers' };
const topic = `created-again-${process.pid}`;

describe.runIf(canRunKafka())('a topic that was deleted and created again', () => {
  let database: TestDatabase;
  let admin: Admin;
  let opened: OpenedLog;

  beforeAll(async () => {
    const brokers = await findTestKafka();
    database = await createTestDatabase();
    opened = openLog({ adapter: 'kafka', brokers, connectionString: database.connectionString }, 'test');
    await runMigrations(opened.pool, { schema: 'consumer', directories: [consumerMigrations] });
    admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });

  afterAll(async () => {
    await opened.close();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
    await database.drop();
  });

  async function make(): Promise<void> {
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] });
    const isThere = (): Promise<boolean> =>
      admin.fetchTopicOffsets(topic).then(
        (partitions) => partitions.length === 1,
        () => false,
      );
    await until('the topic is there', isThere);
  }

  const append = (name: string, count: number): Promise<void> =>
    opened.log.appendToPartition(
      topic,
      0,
      Array.from({ length: count }, (_, number) => ({ key: name, value: `${name} ${number}` })),
    );

  async function consume(): Promise<{
    values: string[];
    problems: ConsumerProblem[];
    subscription: Subscription;
  }> {
    const values: string[] = [];
    const problems: ConsumerProblem[] = [];
    const subscription = await opened.log.subscribe({
      group: consumer.group,
      topics: [topic],
      loadPosition: (of, partition) => loadConsumerPosition(opened.pool, consumer, of, partition),
      async handle(batch) {
        await consumeInTransaction(opened.pool, { ...consumer, batches: [batch] }, ({ records }) => {
          values.push(...records.map(({ value }) => value));
          return Promise.resolve();
        });
      },
      onProblem: (problem) => problems.push(problem),
    });
    return { values, problems, subscription };
  }

  const halts = (problems: ConsumerProblem[]) => problems.filter(({ kind }) => kind === 'halted');

  test('is not read on as if it were the old one, however long it is, by consumers that run and that start', async () => {
    await make();
    await append('old', 5);
    const live = await consume();
    await until('the old topic is consumed', () => live.values.length === 5);

    await admin.deleteTopics({ topics: [topic] });
    await until('it is gone', async () => !(await admin.listTopics()).includes(topic));
    await make();
    await append('new', 20);
    await until('the running consumer halts', () => halts(live.problems).length > 0);
    await live.subscription.stop();
    expect(live.values).toHaveLength(5);

    const late = await consume();
    await until('the new consumer halts', () => halts(late.problems).length > 0);
    await late.subscription.stop();
    expect(halts(late.problems)[0]).toMatchObject({ reason: 'log_differs_before_offset', nextOffset: 5 });
    expect(late.values).toEqual([]);
  }, 400_000);
});
