/** What every measurement runs on: a Postgres, a broker and a stack of its own, in a temporary directory that it wipes. */
import { silentLog, startEmbeddedPostgres } from '@throughline/postgres';
import path from 'node:path';
import { startKafka } from './kafka-under-test.ts';
import type { MeasuredProcess } from './process-usage.ts';
import { progress } from './progress.ts';
import { type StackUnderTest, startStack } from './stack-under-test.ts';
import { withTemporaryDirectory } from './temporary-directory.ts';
import { checkout as thisCheckout } from './git.ts';

export class Interrupted extends Error {}

export interface BenchSession {
  directory: string;
  databaseUrl: string;
  postgres: MeasuredProcess;
  /** `host:port,…`; null on the Postgres log. */
  kafkaBrokers: string | null;
  /** What works for the stack and is not of it: the database, the broker. */
  others: readonly MeasuredProcess[];
  /** @param nodeOptions options of Node for each process of the stack */
  startStack(nodeOptions: string | null): Promise<StackUnderTest>;
}

export interface SessionOptions {
  log: 'postgres' | 'kafka';
  inherited: NodeJS.ProcessEnv;
  /** Settings of Postgres over those of the embedded server. */
  postgresSettings?: Record<string, string>;
  /** Whose stack is started; this checkout's when it is missing. */
  checkout?: string;
}

/** Ends what was started, in reverse order, however the work ends. @throws Interrupted on SIGINT or SIGTERM */
export async function inBenchSession<Result>(
  options: SessionOptions,
  work: (session: BenchSession) => Promise<Result>,
): Promise<Result> {
  return await withTemporaryDirectory(async (directory) => {
    const undo: (() => Promise<unknown>)[] = [];
    try {
      return await Promise.race([open(options, directory, undo).then(work), whenInterrupted()]);
    } finally {
      for (const step of undo.toReversed()) await step();
    }
  });
}

async function whenInterrupted(): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    // Ctrl-C and `timeout` reach this process several times: a second signal must not end the cleaning up.
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => reject(new Interrupted()));
  });
}

async function open(
  { log, inherited, postgresSettings, checkout = thisCheckout }: SessionOptions,
  directory: string,
  undo: (() => Promise<unknown>)[],
): Promise<BenchSession> {
  progress('starting Postgres');
  let pid = 0;
  const database = await startEmbeddedPostgres({
    dataDirectory: path.join(directory, 'postgres'),
    log: { ...silentLog, info: (fields) => (pid = Number(fields['pid'] ?? pid)) },
    ...(postgresSettings === undefined ? {} : { settings: postgresSettings }),
  });
  undo.push(() => database.stop());
  const postgres = { name: 'postgres', pid, withChildren: true };
  let kafka = null;
  if (log === 'kafka') {
    progress('starting Kafka');
    const broker = await startKafka(directory);
    undo.push(() => broker.stop());
    kafka = broker;
  }
  const kafkaBrokers = kafka?.brokers ?? null;
  return {
    directory,
    databaseUrl: database.connectionString,
    postgres,
    kafkaBrokers,
    others: [postgres, ...(kafka === null ? [] : [kafka.process])],
    async startStack(nodeOptions) {
      const stack = await startStack({
        directory,
        checkout,
        databaseUrl: database.connectionString,
        kafkaBrokers,
        nodeOptions,
        inherited,
      });
      undo.push(() => stack.stop());
      return stack;
    },
  };
}
