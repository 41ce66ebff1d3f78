/**
 * The third ceiling: Kafka with nothing around it. Records of a stream are sent as bare kafkajs sends them and read by a
 * consumer that drops them; then the same through the event log, so that the difference is the adapter's own cost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '@throughline/postgres';
import { createKafkaEventLog } from '@throughline/event-log';
import kafkajs from 'kafkajs';
import type { KafkaCost, KafkaCostJob, KafkaCostResult } from './kafka-cost-job.ts';
import { createWorkload, jsonOf } from './workload.ts';

interface Records {
  key: string;
  value: string;
}

/** As the driver has requests on their way; the log makes fewer, larger sends of them. Bare kafkajs sends one at a time. */
const appendsUnderWay = 8;
const warmUpRecords = 10_000;
const stalledAfterMs = 60_000;

const writers = { kafkajs: openBareWriter, 'event-log': openLogWriter };
const readers = { kafkajs: readBare, 'event-log': readThroughLog };

async function run(job: KafkaCostJob): Promise<KafkaCostResult> {
  const workload = createWorkload('shop', job.records, Date.now(), 'kafka');
  const made = Array.from({ length: Math.min(job.records, 10_000) }, (_, index): Records => {
    const touchpoint = workload.touchpoint(index);
    return { key: touchpoint.anonymousId ?? touchpoint.userId ?? '', value: jsonOf(touchpoint) };
  });
  const batches = Math.ceil(made.length / job.batchSize);
  const batchOf = (number: number): Records[] => {
    const from = (number % batches) * job.batchSize;
    return made.slice(from, from + job.batchSize);
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
    await Promise.all(Array.from({ length: writer.underWay }, sender));
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
  write(batch: readonly Records[]): Promise<void>;
  underWay: number;
  close(): Promise<void>;
}

/** With the same settings as the adapter, zstd included: what they cost is not the adapter's. */
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
    underWay: 1,
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
  // The codec comes with the event log: kafkajs keeps one table of them for the process.
  // What it calls an error is mostly a coordinator that is not ready yet, and tried again.
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
    underWay: appendsUnderWay,
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
    onProblem: (met) => (problem = met),
  });
  await waitUntil(() => read >= records || problem !== undefined);
  await log.close();
  if (problem !== undefined) throw new Error(`reading met a problem: ${JSON.stringify(problem)}`);
  return read;
}

async function waitUntil(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + stalledAfterMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('not every record came back: the run is void');
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
