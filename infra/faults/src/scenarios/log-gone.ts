/** The only broker is killed, then frozen, with large batches under way and thousands of idle connections. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findBrokers, startCluster } from '@throughline/kafka';
import { keys } from '../fleet.ts';
import { openIdleConnections } from '../idle-connections.ts';
import { watchIngest, type IngestWatch } from '../ingest-watch.ts';
import { startRejectLoad, type RejectLoad } from '../reject-load.ts';
import type { Run, Scenario } from '../run.ts';

const idleConnections = 5_000;
/** Beside what an idle process has. */
const mostGrowthMiB = 256;
/** Longer than a send to Kafka is waited for. */
const awayMs = 20_000;
const patienceMs = 60_000;

export const logGone: Scenario = {
  name: 'log-gone',
  brokers: 1,
  processesPerService: 1,
  faults: [
    'idle connections opened',
    'broker killed',
    'not ready while it was down',
    'refused while it was down',
    'broker back',
    'broker frozen',
    'not ready while it was frozen',
    'broker thawed',
    'memory within its bound, and every probe of /livez answered',
    'acknowledged rejects are stored',
  ],
  inject,
};

async function inject(run: Run): Promise<void> {
  const { fleet, sender, faultRecord } = run;
  const [ingest] = fleet.of('ingest');
  if (ingest === undefined) throw new Error('there is no process of ingest');
  sender.holdAt(0.8);
  const watch = watchIngest(ingest);
  const idle = await openIdleConnections(ingest.url, idleConnections);
  faultRecord.note('idle connections opened', idle.opened === idleConnections);
  await sender.reached(0.15);
  const load = startRejectLoad(ingest.url, keys.server);
  await killAndRestart(run, watch, load);
  await sender.reached(0.5);
  await freezeAndThaw(run, watch);
  sender.holdAt(1);
  await load.stop();
  idle.close();
  const { probes, idleMiB, mostMiB } = await watch.end();
  const statuses = JSON.stringify(Object.fromEntries(load.statuses));
  run.options.say(
    `${probes} probes, ${idleMiB} MiB idle, ${mostMiB} MiB at most; batches by status ${statuses}`,
  );
  faultRecord.note(
    'memory within its bound, and every probe of /livez answered',
    mostMiB - idleMiB <= mostGrowthMiB,
  );
  faultRecord.note('acknowledged rejects are stored', await areStored(run, load.acknowledged()));
}

async function killAndRestart(
  { sender, faultRecord, kafkaDirectory }: Run,
  watch: IngestWatch,
  load: RejectLoad,
): Promise<void> {
  const pid = brokerPid(kafkaDirectory);
  faultRecord.note('broker killed', killProcess(pid) && sender.acknowledgedShare() < 1);
  await watch.becomesReady(false);
  faultRecord.note('not ready while it was down', true);
  await delay(awayMs);
  faultRecord.note('refused while it was down', (load.statuses.get(503) ?? 0) > 0);
  await startCluster(kafkaDirectory, 1);
  await watch.becomesReady(true);
  faultRecord.note('broker back', true);
}

async function freezeAndThaw(
  { sender, faultRecord, kafkaDirectory }: Run,
  watch: IngestWatch,
): Promise<void> {
  const pid = brokerPid(kafkaDirectory);
  process.kill(pid, 'SIGSTOP');
  await delay(100);
  const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  faultRecord.note('broker frozen', state === 'T' && sender.acknowledgedShare() < 1);
  await watch.becomesReady(false);
  faultRecord.note('not ready while it was frozen', true);
  await delay(awayMs);
  process.kill(pid, 'SIGCONT');
  await watch.becomesReady(true);
  faultRecord.note('broker thawed', true);
}

function brokerPid(directory: string): number {
  const [broker] = findBrokers(directory);
  if (broker === undefined) throw new Error('there is no broker');
  return broker.pid;
}

/** A batch that was answered with a fault may be in the log all the same, so there may be more. */
async function areStored({ database }: Run, acknowledged: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const [row] = await database.query<{ stored: number }>(
      'select count(*)::int as stored from ingest.rejected_touchpoint',
    );
    if ((row?.stored ?? 0) >= acknowledged) return acknowledged > 0;
    if (Date.now() > deadline) return false;
    await delay(200);
  }
}

function killProcess(pid: number): boolean {
  return process.kill(pid, 'SIGKILL');
}
