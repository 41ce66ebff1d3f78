/** Runs a scenario: starts brokers, Postgres, services and sender, injects the faults, checks the figures, cleans up. */
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaEventLog } from '@throughline/event-log/kafka';
import { startCluster, stopCluster } from '@throughline/kafka';
import { silentLog } from '@throughline/postgres';
import { seededRandom, type Random } from '@throughline/testkit';
import { settleAndCheck, type Verdict } from './check.ts';
import { Database } from './database.ts';
import { FaultRecord } from './fault-record.ts';
import { Fleet, keys } from './fleet.ts';
import { type Sender, startSender } from './sender.ts';
import { createWorkload, type Sent, toBatches } from './workload.ts';

export interface RunOptions {
  seed: number;
  touchpoints: number;
  /** Folder of real data; without it, touchpoints are generated. */
  folder: string | undefined;
  /** Over which the touchpoints are sent. */
  seconds: number;
  say: (line: string) => void;
  /** Aborts the run; the processes that it started are still ended. */
  signal?: AbortSignal;
}

export interface Scenario {
  name: string;
  /** Kafka brokers; 0 for the event log in Postgres. */
  brokers: 0 | 1 | 3;
  /** Processes of each service. */
  processesPerService: number;
  /** Whether each service has a database of its own, which needs Kafka. */
  ownDatabases?: boolean;
  /** Names of the faults: the run fails unless each was seen to happen. */
  faults: readonly string[];
  inject(run: Run): Promise<void>;
  /** Replaces the check of the final figures, in a scenario that must not reach them. */
  conclude?(run: Run): Promise<void>;
}

export interface Run {
  /** Temporary directory of the run. */
  home: string;
  options: RunOptions;
  random: Random;
  fleet: Fleet;
  database: Database;
  kafkaDirectory: string;
  kafkaBrokers: string[];
  sent: readonly Sent[];
  sender: Sender;
  faultRecord: FaultRecord;
}

export interface RunReport {
  scenario: string;
  faults: readonly string[];
  requests: number;
  /** Answers other than 200, and requests without an answer, by status. */
  failedRequests: Record<string, number>;
  /** Result of the check of the figures; null where the scenario has its own `conclude`. */
  verdict: Verdict | null;
}

/** Partitions of the topics that are not for rejected touchpoints, when they are created. */
const initialPartitions = 3;
const maxBatchSize = 40;

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunReport> {
  const home = mkdtempSync(join(tmpdir(), 'throughline-faults-'));
  // When this process is root, Postgres runs as another user, which must be able to enter the directory.
  chmodSync(home, 0o755);
  const cleanupSteps: (() => Promise<unknown>)[] = [];
  let failed = true;
  try {
    const run = await prepare(scenario, options, home, cleanupSteps);
    const verdict = await Promise.race([carryOut(scenario, run), whenAborted(options.signal)]);
    failed = false;
    return report(scenario, run, verdict);
  } finally {
    for (const step of cleanupSteps.toReversed()) {
      await step().catch((error: unknown) => options.say(`cleaning up: ${String(error)}`));
    }
    if (failed) options.say(`the logs of the services are in ${home}`);
    else rmSync(home, { recursive: true, force: true });
  }
}

async function carryOut(scenario: Scenario, run: Run): Promise<Verdict | null> {
  await scenario.inject(run);
  await run.sender.finished;
  run.faultRecord.requireAll();
  if (scenario.conclude === undefined) return await checkFigures(run);
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
  cleanupSteps: (() => Promise<unknown>)[],
): Promise<Run> {
  const { seed, say } = options;
  const random = seededRandom(seed);
  const sent = await createWorkload(options);
  const kafkaDirectory = join(home, 'kafka');
  let kafkaBrokers: string[] = [];
  if (scenario.brokers > 0) {
    cleanupSteps.push(() => stopCluster(kafkaDirectory));
    kafkaBrokers = (await startCluster(kafkaDirectory, scenario.brokers)).split(',');
    await createTopics(kafkaBrokers);
  }
  const database = await Database.start(home, scenario.ownDatabases === true);
  cleanupSteps.push(() => database.discard());
  const fleet = await Fleet.create({
    home: join(home, 'services'),
    processesPerService: scenario.processesPerService,
    databaseUrlOf: (service) => database.urlOf(service),
    kafkaBrokers: kafkaBrokers.length === 0 ? undefined : kafkaBrokers.join(','),
  });
  cleanupSteps.push(() => fleet.killAll());
  await fleet.start();
  const batches = toBatches(sent, random, maxBatchSize);
  say(`${scenario.name}: seed ${seed}, ${sent.length} touchpoints in ${batches.length} batches, in ${home}`);
  const sender = startSender({
    urls: fleet.of('ingest').map(({ url }) => url),
    key: keys.server,
    batches,
    seconds: options.seconds,
    random,
  });
  cleanupSteps.push(async () => sender.stop());
  const faultRecord = new FaultRecord(scenario.faults, say);
  return { home, options, random, fleet, database, kafkaDirectory, kafkaBrokers, sent, sender, faultRecord };
}

async function createTopics(brokers: readonly string[]): Promise<void> {
  const log = createKafkaEventLog({ brokers, instanceId: 'faults', logger: silentLog });
  try {
    await log.ensureTopics([
      { name: 'touchpoints.v1', partitions: initialPartitions },
      { name: 'resolved.v1', partitions: initialPartitions },
      { name: 'rejected.v1', partitions: 1 },
    ]);
  } finally {
    await log.close();
  }
}

async function checkFigures(run: Run): Promise<Verdict> {
  return await settleAndCheck({
    database: run.database,
    identityUrl: run.fleet.urlOf('identity'),
    metricsUrl: run.fleet.urlOf('metrics'),
    sent: run.sent,
    acknowledged: run.sender.acknowledged,
  });
}

function report(scenario: Scenario, { faultRecord, sender }: Run, verdict: Verdict | null): RunReport {
  const failedRequests: Record<string, number> = {};
  for (const { status } of sender.answers) {
    if (status !== 200) failedRequests[status] = (failedRequests[status] ?? 0) + 1;
  }
  const requests = sender.answers.length;
  return { scenario: scenario.name, faults: faultRecord.happened, requests, failedRequests, verdict };
}
