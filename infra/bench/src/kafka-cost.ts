/**
 * A process that measures how fast records can be written to Kafka and read back, as an upper limit for the services:
 * either with kafkajs alone, or through the event log. The difference is what the event log's Kafka adapter costs.
 * Receives one job as a message, answers with the result, and exits on the next message.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@throughline/postgres';
import { createKafkaEventLog } from '@throughline/event-log/kafka';
import kafkajs from 'kafkajs';
import type { KafkaCost, KafkaCostJob, KafkaCostResult } from './kafka-cost-job.ts';
import { createWorkload, jsonOf } from './workload.ts';

interface KafkaRecord {
  key: string;
  value: string;
}

/** As many as `driver.ts` has requests to the services in flight. The event log joins them to fewer, larger sends. */
const concurrentAppends = 8;
const warmUpRecords = 10_000;
const readTimeoutMs = 60_000;

const writers = { kafkajs: openBareWriter, 'event-log': openLogWriter };
const readers = { kafkajs: readBare, 'event-log': readThroughLog };

async function run(job: KafkaCostJob): Promise<KafkaCostResult> {
  const workload = createWorkload({
    workload: 'shop',
    touchpoints: job.records,
    nowMs: Date.now(),
    run: 'kafka',
  });
  const prepared = Array.from({ length: Math.min(job.records, 10_000) }, (_, index): KafkaRecord => {
    const touchpoint = workload.touchpoint(index);
    return { key: touchpoint.anonymousId ?? touchpoint.userId ?? '', value: jsonOf(touchpoint) };
  });
  const batches = Math.ceil(prepared.length / job.batchSize);
  const batchOf = (number: number): KafkaRecord[] => {
    const from = (number % batches) * job.batchSize;
    return prepared.slice(from, from + job.batchSize);
  };

  await makeTopic(job);
  const writer = await writers[job.through](job);
  const send = async (records: number): Promise<number> => {
    let sent = 0;
    let next = 0;
    const sender = async (): Promise<void> => {
      while (sent < records) {
        const batch = batchOf(next++);
        sent += batch.length;
        await writer.write(batch);
      }
    };
    await Promise.all(Array.from({ length: writer.concurrency }, sender));
    return sent;
  };
  const warmedUp = await send(warmUpRecords);
  const append = await measured(() => send(job.records));
  await writer.close();
  const read = await measured(() => readers[job.through](job, warmedUp + append.records));
  return { append: append.cost, read: read.cost };
}

async function measured(work: () => Promise<number>): Promise<{ records: number; cost: KafkaCost }> {
  const began = performance.now();
  const before = process.cpuUsage();
  const records = await work();
  const { user, system } = process.cpuUsage(before);
  return {
    records,
    cost: {
      recordsPerSecond: (records * 1000) / (performance.now() - began),
      cpuMicros: (user + system) / records,
    },
  };
}

interface Writer {
  write(batch: readonly KafkaRecord[]): Promise<void>;
  /** Writes that may be in flight at once. */
  concurrency: number;
  close(): Promise<void>;
}

/** With the settings of the adapter, zstd included, so that their cost is not counted as the adapter's. */
async function openBareWriter({ brokers, topic, partitions }: KafkaCostJob): Promise<Writer> {
  const producer = createBareKafka(brokers).producer({ maxInFlightRequests: 1 });
  await producer.connect();
  let next = 0;
  return {
    async write(batch) {
      await producer.sendBatch({
        acks: -1,
        compression: kafkajs.CompressionTypes.ZSTD,
        topicMessages: [
          {
            topic,
            messages: batch.map(({ key, value }) => ({ partition: next++ % partitions, key, value })),
          },
        ],
      });
    },
    concurrency: 1,
    close: () => producer.disconnect(),
  };
}

async function readBare({ brokers, topic }: KafkaCostJob, records: number): Promise<number> {
  const consumer = createBareKafka(brokers).consumer({ groupId: `bare-${topic}`, maxWaitTimeInMs: 250 });
  let read = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: ({ batch }) => {
      read += batch.messages.length;
      return Promise.resolve();
    },
  });
  await waitUntil(() => read >= records);
  await consumer.disconnect();
  return read;
}

function createBareKafka(brokers: readonly string[]): kafkajs.Kafka {
  // Importing the event log registers the zstd codec: kafkajs has one table of codecs for the process.
  // kafkajs logs as errors what it retries, mostly a group coordinator that is not ready yet: nothing is logged.
  return new kafkajs.Kafka({ brokers: [...brokers], clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING });
}

function openLog({ brokers }: KafkaCostJob): ReturnType<typeof createKafkaEventLog> {
  return createKafkaEventLog({ brokers, instanceId: 'bench', logger: silentLog });
}

async function makeTopic(job: KafkaCostJob): Promise<void> {
  const log = openLog(job);
  await log.ensureTopics([{ name: job.topic, partitions: job.partitions }]);
  await log.close();
}

function openLogWriter(job: KafkaCostJob): Promise<Writer> {
  const log = openLog(job);
  return Promise.resolve({
    write: (batch) => log.append(batch.map(({ key, value }) => ({ topic: job.topic, key, value }))),
    concurrency: concurrentAppends,
    close: () => log.close(),
  });
}

async function readThroughLog(job: KafkaCostJob, records: number): Promise<number> {
  const log = openLog(job);
  let read = 0;
  let problem: unknown;
  await log.subscribe({
    group: `log-${job.topic}`,
    topics: [job.topic],
    loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
    handle: (batch) => {
      read += batch.records.length;
      return Promise.resolve();
    },
    onProblem: (reported) => (problem = reported),
  });
  await waitUntil(() => read >= records || problem !== undefined);
  await log.close();
  if (problem !== undefined)
    throw new Error(`the event log reported a problem while reading: ${JSON.stringify(problem)}`);
  return read;
}

async function waitUntil(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + readTimeoutMs;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error('not every record was read in time: the measurement is not valid');
    await delay(5);
  }
}

process.once('message', (job: KafkaCostJob) => {
  process.once('message', () => process.exit(0));
  void run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});
