/** A run: what every scenario starts from and how every scenario ends. */
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaEventLog } from '@throughline/event-log';
import { startCluster, stopCluster } from '@throughline/kafka';
import { silentLog } from '@throughline/postgres';
import { seededRandom, type Random } from '@throughline/testkit';
import { settleAndCheck, type Verdict } from './check.ts';
import { Database } from './database.ts';
import { FaultLedger } from './fault-ledger.ts';
import { Fleet, keys } from './fleet.ts';
import { type Sender, startSender } from './sender.ts';
import { createWorkload, type Sent, toBatches } from './workload.ts';

export interface RunOptions {
  seed: number;
  touchpoints: number;
  /** Where real data lie; generated touchpoints without it. */
  folder: string | undefined;
  /** That the replay is spread over. */
  seconds: number;
  say: (line: string) => void;
  /** Gives the run up; what it started is still ended. */
  signal?: AbortSignal;
}

export interface Scenario {
  name: string;
  /** 0 for the log in Postgres. */
  brokers: 0 | 1 | 3;
  /** Processes of each service. */
  each: number;
  faults: readonly string[];
  inject(run: Run): Promise<void>;
  /** Instead of settling and checking, where the end is another. */
  conclude?(run: Run): Promise<void>;
}

export interface Run {
  home: string;
  options: RunOptions;
  random: Random;
  fleet: Fleet;
  database: Database;
  kafkaDirectory: string;
  kafkaBrokers: string[];
  sent: readonly Sent[];
  sender: Sender;
  ledger: FaultLedger;
}

export interface RunReport {
  scenario: string;
  faults: readonly string[];
  requests: number;
  /** Answers other than 200, and requests without an answer, by status. */
  failedRequests: Record<string, number>;
  /** Null where the scenario ends otherwise. */
  verdict: Verdict | null;
}

const partitions = 3;
const mostInBatch = 40;

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunReport> {
  const home = mkdtempSync(join(tmpdir(), 'throughline-faults-'));
  // Postgres runs as another user where this one is root.
  chmodSync(home, 0o755);
  const undo: (() => Promise<unknown>)[] = [];
  let failed = true;
  try {
    const run = await prepare(scenario, options, home, undo);
    const verdict = await Promise.race([carryOut(scenario, run), whenAborted(options.signal)]);
    failed = false;
    return report(scenario, run, verdict);
  } finally {
    for (const step of undo.toReversed()) {
      await step().catch((error: unknown) => options.say(`cleaning up: ${String(error)}`));
    }
    if (failed) options.say(`the services' lines are in ${home}`);
    else rmSync(home, { recursive: true, force: true });
  }
}

async function carryOut(scenario: Scenario, run: Run): Promise<Verdict | null> {
  await scenario.inject(run);
  await run.sender.finished;
  run.ledger.requireAll();
  if (scenario.conclude === undefined) return await conclude(run);
  await scenario.conclude(run);
  return null;
}

async function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  signal?.throwIfAborted();
  return await new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('interrupted')));
  });
}

async function prepare(
  scenario: Scenario,
  options: RunOptions,
  home: string,
  undo: (() => Promise<unknown>)[],
): Promise<Run> {
  const { seed, say } = options;
  const random = seededRandom(seed);
  const sent = await createWorkload(options);
  const kafkaDirectory = join(home, 'kafka');
  let kafkaBrokers: string[] = [];
  if (scenario.brokers > 0) {
    undo.push(() => stopCluster(kafkaDirectory));
    kafkaBrokers = (await startCluster(kafkaDirectory, scenario.brokers)).split(',');
    await createTopics(kafkaBrokers);
  }
  const database = await Database.start(home);
  undo.push(() => database.discard());
  const fleet = await Fleet.create({
    home: join(home, 'services'),
    each: scenario.each,
    databaseUrl: database.connectionString,
    kafkaBrokers: kafkaBrokers.length === 0 ? undefined : kafkaBrokers.join(','),
  });
  undo.push(() => fleet.killAll());
  await fleet.start();
  const batches = toBatches(sent, random, mostInBatch);
  say(`${scenario.name}: seed ${seed}, ${sent.length} touchpoints in ${batches.length} batches, in ${home}`);
  const sender = startSender({
    urls: fleet.of('ingest').map(({ url }) => url),
    key: keys.server,
    batches,
    seconds: options.seconds,
    random,
  });
  undo.push(async () => sender.stop());
  const ledger = new FaultLedger(scenario.faults, say);
  return { home, options, random, fleet, database, kafkaDirectory, kafkaBrokers, sent, sender, ledger };
}

async function createTopics(brokers: readonly string[]): Promise<void> {
  const log = createKafkaEventLog({ brokers, instanceId: 'faults', logger: silentLog });
  try {
    await log.ensureTopics([
      { name: 'touchpoints.v1', partitions },
      { name: 'resolved.v1', partitions },
      { name: 'rejected.v1', partitions: 1 },
    ]);
  } finally {
    await log.close();
  }
}

async function conclude(run: Run): Promise<Verdict> {
  return await settleAndCheck({
    database: run.database,
    identityUrl: run.fleet.of('identity')[0]?.url ?? '',
    metricsUrl: run.fleet.of('metrics')[0]?.url ?? '',
    sent: run.sent,
    acknowledged: run.sender.acknowledged,
  });
}

function report(scenario: Scenario, { ledger, sender }: Run, verdict: Verdict | null): RunReport {
  const failedRequests: Record<string, number> = {};
  for (const { status } of sender.answers) {
    if (status !== 200) failedRequests[status] = (failedRequests[status] ?? 0) + 1;
  }
  const requests = sender.answers.length;
  return { scenario: scenario.name, faults: ledger.fired, requests, failedRequests, verdict };
}
