/** What holds the log is killed, then frozen, with large batches under way and thousands of idle connections. */
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

/** What holds the log. */
interface LogServer {
  kill(run: Run): Promise<boolean>;
  startAgain(run: Run): Promise<unknown>;
  freeze(run: Run): Promise<{ isFrozen: boolean; thaw: () => void }>;
}

const faults = [
  'idle connections opened',
  'log killed',
  'not ready while it was down',
  'refused while it was down',
  'log back',
  'log frozen',
  'not ready while it was frozen',
  'log thawed',
  'memory within its bound, and every probe of /livez answered',
  'acknowledged rejects are stored',
];

export const logGone: Scenario = {
  name: 'log-gone',
  brokers: 1,
  processesPerService: 1,
  faults,
  inject: (run) =>
    inject(run, {
      kill: ({ kafkaDirectory }) => Promise.resolve(process.kill(brokerPid(kafkaDirectory), 'SIGKILL')),
      startAgain: ({ kafkaDirectory }) => startCluster(kafkaDirectory, 1),
      freeze: ({ kafkaDirectory }) => freezeBroker(brokerPid(kafkaDirectory)),
    }),
};

/** With the log goes the database of all services. */
export const logGonePostgres: Scenario = {
  name: 'log-gone-postgres',
  brokers: 0,
  processesPerService: 1,
  faults,
  inject: (run) =>
    inject(run, {
      kill: ({ database }) => database.kill(),
      startAgain: ({ database }) => database.startAgain(),
      freeze: ({ database }) => database.freeze(),
    }),
};

async function inject(run: Run, server: LogServer): Promise<void> {
  const { fleet, sender, faultRecord } = run;
  const [ingest] = fleet.of('ingest');
  if (ingest === undefined) throw new Error('there is no process of ingest');
  sender.holdAt(0.8);
  const watch = watchIngest(ingest);
  const idle = await openIdleConnections(ingest.url, idleConnections);
  faultRecord.note('idle connections opened', idle.opened === idleConnections);
  run.options.say(`${watch.memory()} MiB with ${idle.opened} idle connections`);
  await sender.reached(0.15);
  watch.enter('with large batches');
  const load = startRejectLoad(ingest.url, keys.server);
  try {
    await killAndRestart(run, server, watch, load);
    await sender.reached(0.5);
    await freezeAndThaw(run, server, watch);
    sender.holdAt(1);
  } finally {
    // Of a run that fails too, or its process would not end.
    await load.stop();
    idle.close();
    watch.stop();
  }
  const { probes, idleMiB, mostMiB, phases } = await watch.end();
  const statuses = JSON.stringify(Object.fromEntries(load.statuses));
  run.options.say(
    `${probes} probes, ${idleMiB} MiB idle, ${mostMiB} MiB at most; batches by status ${statuses}`,
  );
  for (const [phase, { residentMiB, heapMiB, externalMiB }] of Object.entries(phases)) {
    run.options.say(
      `${phase}: ${residentMiB} MiB at most, ${heapMiB} in the heap, ${externalMiB} outside of it`,
    );
  }
  faultRecord.note(
    'memory within its bound, and every probe of /livez answered',
    mostMiB - idleMiB <= mostGrowthMiB,
  );
  faultRecord.note('acknowledged rejects are stored', await areStored(run, load.acknowledged()));
}

async function killAndRestart(
  run: Run,
  server: LogServer,
  watch: IngestWatch,
  load: RejectLoad,
): Promise<void> {
  const { sender, faultRecord } = run;
  watch.enter('log killed');
  faultRecord.note('log killed', (await server.kill(run)) && sender.acknowledgedShare() < 1);
  await watch.becomesReady(false);
  faultRecord.note('not ready while it was down', true);
  await delay(awayMs);
  faultRecord.note('refused while it was down', (load.statuses.get(503) ?? 0) > 0);
  watch.enter('log back');
  await server.startAgain(run);
  await watch.becomesReady(true);
  faultRecord.note('log back', true);
}

async function freezeAndThaw(run: Run, server: LogServer, watch: IngestWatch): Promise<void> {
  const { sender, faultRecord } = run;
  watch.enter('log frozen');
  const { isFrozen, thaw } = await server.freeze(run);
  faultRecord.note('log frozen', isFrozen && sender.acknowledgedShare() < 1);
  await watch.becomesReady(false);
  faultRecord.note('not ready while it was frozen', true);
  await delay(awayMs);
  watch.enter('log thawed');
  thaw();
  await watch.becomesReady(true);
  faultRecord.note('log thawed', true);
}

async function freezeBroker(pid: number): Promise<{ isFrozen: boolean; thaw: () => void }> {
  process.kill(pid, 'SIGSTOP');
  await delay(100);
  const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  return { isFrozen: state === 'T', thaw: () => process.kill(pid, 'SIGCONT') };
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
