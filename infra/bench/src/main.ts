/**
 * `pnpm bench`: the whole way beside what the same machine could do at best, in one run, since only ratios survive a
 * change of machine. Nothing is kept: the database, the broker and the stack live in a temporary directory.
 */
import { silentLog, startEmbeddedPostgres } from '@throughline/postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { measureBareChain, measureKafka, measureParseAndDrop } from './ceilings.ts';
import { type BenchConfig, readConfig } from './config.ts';
import { type KafkaUnderTest, startKafka } from './kafka-under-test.ts';
import { type BenchReport, ratiosOf, reportText } from './report.ts';
import { profilerOptions, profileServices } from './service-profiles.ts';
import { measureSinglePosts } from './single-posts.ts';
import { type StackUnderTest, startStack } from './stack-under-test.ts';
import { measureHalfLoad, measureWholeWay } from './whole-way.ts';

/** Sizes of the bare sends, in records. */
const kafkaBatchSizes = [100, 500];

class Interrupted extends Error {}

const config = readConfig();
try {
  const report = await bench(config);
  process.stdout.write(config.json ? `${JSON.stringify(report)}\n` : reportText(report));
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  progress('interrupted; what it started is ended');
  // What was being measured may still wait for what is gone.
  process.exit(1);
}

async function bench(options: BenchConfig): Promise<BenchReport> {
  const directory = await mkdtemp(path.join(tmpdir(), 'throughline-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    return await Promise.race([measure(options, directory, undo), whenInterrupted()]);
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

async function whenInterrupted(): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => reject(new Interrupted()));
  });
}

async function measure(
  { touchpoints, workload, log, halfLoadSeconds, profile, inherited }: BenchConfig,
  directory: string,
  undo: (() => Promise<unknown>)[],
): Promise<BenchReport> {
  const stream = { workload, touchpoints, nowMs: Date.now(), run: Date.now().toString(36) };
  const { database, postgres } = await startPostgres(directory);
  undo.push(() => database.stop());
  const kafka = log === 'kafka' ? await startBroker(directory) : null;
  if (kafka !== null) undo.push(() => kafka.stop());
  const others = [postgres, ...(kafka === null ? [] : [kafka.process])];

  progress('ceiling: parse and drop');
  const parseAndDrop = await measureParseAndDrop(stream);
  progress('ceiling: the bare chain');
  const bareChain = await measureBareChain(stream, database.connectionString, postgres);
  const kafkaCeilings = await measureKafkaCeilings(kafka?.brokers ?? null);

  progress('the whole way');
  const profiles = kafka !== null && profile ? path.join(directory, 'profiles') : null;
  const stack = await startStack({
    directory,
    databaseUrl: database.connectionString,
    kafkaBrokers: kafka?.brokers ?? null,
    nodeOptions: profiles === null ? null : profilerOptions(profiles),
    inherited,
  });
  undo.push(() => stack.stop());
  const wholeWay = await measureWholeWay(stack, stream, others);

  let clientShares = null;
  if (profiles !== null) {
    progress('the whole way again, under the profiler');
    const again = { ...stream, run: `${stream.run}p` };
    clientShares = await profileServices(profiles, servicesOf(stack), () =>
      measureWholeWay(stack, again, others, wholeWay.active),
    );
  }

  progress('half load');
  const halfLoad =
    halfLoadSeconds === 0
      ? null
      : await measureHalfLoad(
          stack,
          { ...stream, run: `${stream.run}h` },
          wholeWay.touchpointsPerSecond / 2,
          halfLoadSeconds,
        );
  progress('single requests');
  const [ingest] = servicesOf(stack);
  if (ingest === undefined) throw new Error('the stack runs no ingest');
  const singlePosts = await measureSinglePosts(ingest, stack.urls.ingest, stack.keys.write, stream);
  return {
    workload,
    touchpoints,
    log,
    machine: describeMachine(),
    parseAndDrop,
    bareChain,
    kafkaCeilings,
    wholeWay,
    clientShares,
    singlePosts,
    ratios: ratiosOf({ parseAndDrop, bareChain, wholeWay, singlePosts }),
    halfLoad,
  };
}

async function measureKafkaCeilings(brokers: string | null): Promise<BenchReport['kafkaCeilings']> {
  const ceilings = [];
  for (const batchSize of brokers === null ? [] : kafkaBatchSizes) {
    progress(`ceiling: Kafka, batches of ${batchSize}`);
    ceilings.push(await measureKafka(brokers ?? '', batchSize));
  }
  return ceilings;
}

function describeMachine(): BenchReport['machine'] {
  return {
    cores: availableParallelism(),
    node: process.version,
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
  };
}

async function startPostgres(directory: string) {
  progress('starting Postgres');
  let pid = 0;
  const database = await startEmbeddedPostgres({
    dataDirectory: path.join(directory, 'postgres'),
    log: { ...silentLog, info: (fields) => (pid = Number(fields['pid'] ?? pid)) },
  });
  return { database, postgres: { name: 'postgres', pid, withChildren: true } };
}

async function startBroker(directory: string): Promise<KafkaUnderTest> {
  progress('starting Kafka');
  return await startKafka(directory);
}

/** Without `start`, which only watches them; ingest first. */
function servicesOf({ processes, urls }: StackUnderTest): StackUnderTest['processes'] {
  return Object.keys(urls).flatMap((name) => processes.filter((one) => one.name === name));
}

function progress(step: string): void {
  process.stderr.write(`bench: ${step}\n`);
}
