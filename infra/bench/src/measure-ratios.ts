/** The whole way beside what the same machine could do at best, in one run, since only ratios survive a change of machine. */
import path from 'node:path';
import type { BenchSession } from './bench-session.ts';
import { measureBareChain, measureKafka, measureParseAndDrop } from './ceilings.ts';
import type { RatioOptions } from './config.ts';
import { describeMachine } from './machine.ts';
import { progress } from './progress.ts';
import { type BenchReport, ratiosOf } from './bench-report.ts';
import { profilerOptions, shareOfServices } from './service-profiles.ts';
import { measureSinglePosts } from './single-posts.ts';
import { servicesOf } from './stack-under-test.ts';
import { measureHalfLoad, measureWholeWay } from './whole-way.ts';
import { createWorkload } from './workload.ts';

/** Sizes of the bare sends, in records. */
const kafkaBatchSizes = [100, 500];

export async function measureRatios(session: BenchSession, options: RatioOptions): Promise<BenchReport> {
  const { touchpoints, workload, halfLoadSeconds } = options;
  const stream = { workload, touchpoints, nowMs: Date.now(), run: Date.now().toString(36) };

  progress('ceiling: parse and drop');
  const parseAndDrop = await measureParseAndDrop(stream);
  progress('ceiling: the bare chain');
  const bareChain = await measureBareChain(stream, session.databaseUrl, session.postgres);
  const kafkaCeilings = await measureKafkaCeilings(session.kafkaBrokers);

  progress('the whole way');
  const profiles =
    session.kafkaBrokers !== null && options.profile ? path.join(session.directory, 'profiles') : null;
  const stack = await session.startStack(profiles === null ? null : profilerOptions(profiles));
  const wholeWay = await measureWholeWay(stack, stream, session.others);

  let clientShares = null;
  if (profiles !== null) {
    progress('the whole way again, under the profiler');
    const again = { ...stream, run: `${stream.run}p` };
    clientShares = await shareOfServices(profiles, servicesOf(stack), () =>
      measureWholeWay(stack, again, session.others, createWorkload(stream).customers),
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
    log: session.kafkaBrokers === null ? 'postgres' : 'kafka',
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
