/** What the machine could do at best, measured minutes before the whole way is, on the same Postgres. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ChainJob, ChainResult } from './bare-chain.ts';
import { cpuSeconds, type MeasuredProcess } from './process-usage.ts';
import { runDriver } from './run-driver.ts';
import type { StreamRef } from './workload.ts';
import type { KafkaCostJob, KafkaCostResult } from './kafka-cost-job.ts';
import { measureSinglePosts, type SinglePosts } from './single-posts.ts';

export interface Ceiling {
  touchpointsPerSecond: number;
  /** CPU µs per touchpoint of each process. */
  cpuMicros: Record<string, number>;
}

export interface ParseAndDrop extends Ceiling {
  single: SinglePosts;
}

export interface KafkaCeiling {
  /** Records of one send, or of one append. */
  batchSize: number;
  /** kafkajs with nothing around it. */
  kafkajs: KafkaCostResult;
  /** The same records through the event log's adapter. */
  eventLog: KafkaCostResult;
}

const parsedTouchpoints = 200_000;
const kafkaRecords = 200_000;

export async function measureParseAndDrop(stream: StreamRef): Promise<ParseAndDrop> {
  return await withParseAndDrop(async ({ url, process: server }) => {
    const send = (touchpoints: number) =>
      runDriver({
        job: 'send',
        url: `${url}/v1/batch`,
        key: 'none',
        stream: { ...stream, touchpoints },
        batchSize: 100,
        concurrency: 8,
        rate: null,
        repeatFirstBatches: 100,
      });
    await send(20_000);
    const before = cpuSeconds(server);
    const { seconds } = await send(parsedTouchpoints);
    const cpuMicros = { fastify: ((cpuSeconds(server) - before) * 1e6) / parsedTouchpoints };
    return {
      touchpointsPerSecond: parsedTouchpoints / seconds,
      cpuMicros,
      single: await measureSinglePosts(server, url, 'none', stream),
    };
  });
}

/** A bare fastify, for as long as the work takes. */
export async function withParseAndDrop<Result>(
  work: (server: { url: string; process: MeasuredProcess }) => Promise<Result>,
): Promise<Result> {
  const child = fork(path.join(import.meta.dirname, 'parse-and-drop.ts'));
  try {
    const [{ address }] = (await once(child, 'message')) as [{ address: string }];
    return await work({ url: address, process: { name: 'fastify', pid: child.pid ?? 0 } });
  } finally {
    child.disconnect();
  }
}

export async function measureBareChain(
  stream: StreamRef,
  connectionString: string,
  postgres: MeasuredProcess,
): Promise<Ceiling> {
  const before = cpuSeconds(postgres);
  const { result, end } = await runJob('bare-chain.ts', {
    connectionString,
    stream,
    connections: 4,
  });
  const perTouchpoint = 1e6 / stream.touchpoints;
  const cpuMicros = {
    chain: result.cpuSeconds * perTouchpoint,
    postgres: (cpuSeconds(postgres) - before) * perTouchpoint,
  };
  await end();
  return { touchpointsPerSecond: stream.touchpoints / result.seconds, cpuMicros };
}

export async function measureKafka(brokers: string, batchSize: number): Promise<KafkaCeiling> {
  const measure = async (through: KafkaCostJob['through']): Promise<KafkaCostResult> => {
    const { result, end } = await runJob('kafka-cost.ts', {
      brokers: brokers.split(','),
      topic: `bench-${through}-${batchSize}`,
      partitions: 4,
      through,
      records: kafkaRecords,
      batchSize,
    });
    await end();
    return result;
  };
  return { batchSize, kafkajs: await measure('kafkajs'), eventLog: await measure('event-log') };
}

interface Finished<Result> {
  result: Result;
  /** It runs until it is asked to end. */
  end: () => Promise<void>;
}

/** In a process of its own, so that what it costs is its CPU and nothing else's. */
function runJob(file: 'bare-chain.ts', job: ChainJob): Promise<Finished<ChainResult>>;
function runJob(file: 'kafka-cost.ts', job: KafkaCostJob): Promise<Finished<KafkaCostResult>>;
async function runJob(
  file: string,
  job: ChainJob | KafkaCostJob,
): Promise<Finished<ChainResult | KafkaCostResult>> {
  const child = fork(path.join(import.meta.dirname, file));
  const ended = once(child, 'exit');
  child.send(job);
  const [answer] = (await once(child, 'message')) as [
    { result: ChainResult | KafkaCostResult } | { error: string },
  ];
  if ('error' in answer) throw new Error(`${file} failed: ${answer.error}`);
  const end = async (): Promise<void> => {
    child.send('end');
    await ended;
  };
  return { result: answer.result, end };
}
