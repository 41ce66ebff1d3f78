/**
 * Real Kafka on this machine, without Docker: brokers from Maven's artifacts on Java 17, in KRaft mode, each its own
 * controller. They outlive the process that starts them; a file in the directory says which they are.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { brokerProperties, type BrokerAddress } from './broker-properties.ts';
import { findClassPath } from './class-path.ts';

interface Broker extends BrokerAddress {
  pid: number;
}

interface ClusterState {
  clusterId: string;
  brokers: Broker[];
}

const readyDeadlineMs = 90_000;

/**
 * Starts a cluster in the directory, or what is dead of the one that is there: same ports, same data. Resolves with
 * `host:port,…` when every broker answers. Throws when the cluster that is there has another number of brokers.
 */
export async function startCluster(directory: string, count: number): Promise<string> {
  const state = readState(directory) ?? (await createState(count));
  if (state.brokers.length !== count) {
    throw new Error(`a cluster of ${state.brokers.length} is there already: pnpm kafka:down wipes it`);
  }
  const classPath = findClassPath(directory);
  for (const broker of state.brokers) {
    if (!isBroker(broker.pid, directory)) broker.pid = startBroker(directory, classPath, state, broker);
  }
  writeFileSync(join(directory, 'cluster.json'), JSON.stringify(state, null, 2));
  const addresses = state.brokers.map((broker) => `127.0.0.1:${broker.port}`);
  await waitUntilReady(directory, state, addresses);
  return addresses.join(',');
}

/** Kills the brokers and wipes their data; Maven's list of jars stays. False when there was no cluster. */
export async function stopCluster(directory: string): Promise<boolean> {
  const state = readState(directory);
  if (state === undefined) return false;
  for (const { pid } of state.brokers) {
    // What is wiped need not be closed.
    if (isBroker(pid, directory)) process.kill(pid, 'SIGKILL');
  }
  const deadline = Date.now() + 10_000;
  while (state.brokers.some(({ pid }) => isBroker(pid, directory)) && Date.now() < deadline) await delay(20);
  for (const broker of state.brokers)
    rmSync(brokerDirectory(directory, broker), { recursive: true, force: true });
  rmSync(join(directory, 'cluster.json'));
  return true;
}

/** Process ids by broker, for tests that kill one. */
export function findBrokers(directory: string): { id: number; pid: number; port: number }[] {
  return (readState(directory)?.brokers ?? []).map(({ id, pid, port }) => ({ id, pid, port }));
}

function readState(directory: string): ClusterState | undefined {
  const file = join(directory, 'cluster.json');
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as ClusterState;
}

async function createState(count: number): Promise<ClusterState> {
  const ports = await findFreePorts(count * 2);
  return {
    clusterId: makeClusterId(),
    brokers: Array.from({ length: count }, (_, index) => ({
      id: index + 1,
      port: ports[index * 2] ?? 0,
      controllerPort: ports[index * 2 + 1] ?? 0,
      pid: 0,
    })),
  };
}

/** A UUID as Kafka writes it; one that began with a dash would pass for an option of the storage tool. */
function makeClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** Formats the broker's storage, if it is new, and starts it in a group of its own. */
function startBroker(directory: string, classPath: string, state: ClusterState, broker: Broker): number {
  const own = brokerDirectory(directory, broker);
  mkdirSync(own, { recursive: true });
  const properties = join(own, 'server.properties');
  writeFileSync(properties, brokerProperties(own, broker, state.brokers));
  const log4j = `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'log4j2.properties')}`;
  const format = spawnSync(
    'java',
    [
      '-XX:TieredStopAtLevel=1',
      '-cp',
      classPath,
      log4j,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      state.clusterId,
      '-c',
      properties,
      '--ignore-formatted',
    ],
    { encoding: 'utf8' },
  );
  if (format.error !== undefined)
    throw new Error('Java 17 (java) is needed to run Kafka', { cause: format.error });
  if (format.status !== 0)
    throw new Error(`Kafka's storage could not be made:\n${format.stdout}${format.stderr}`);
  const log = openSync(join(own, 'broker.log'), 'a');
  try {
    const child = spawn(
      'java',
      ['-Xmx512m', '-Xms128m', '-XX:+UseSerialGC', '-cp', classPath, log4j, 'kafka.Kafka', properties],
      {
        detached: true,
        stdio: ['ignore', log, log],
      },
    );
    child.unref();
    return child.pid ?? 0;
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(directory: string, state: ClusterState, brokers: string[]): Promise<void> {
  const admin = new Kafka({
    clientId: 'kafka-up',
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
  }).admin();
  const deadline = Date.now() + readyDeadlineMs;
  try {
    for (;;) {
      const dead = state.brokers.find(({ pid }) => !isBroker(pid, directory));
      if (dead !== undefined) throw new Error(`broker ${dead.id} ended:\n${readLogEnd(directory, dead)}`);
      if ((await countBrokers(admin)) === brokers.length) return;
      if (Date.now() > deadline) {
        throw new Error(
          `Kafka was not ready in ${readyDeadlineMs / 1_000} s:\n${state.brokers.map((one) => readLogEnd(directory, one)).join('\n')}`,
        );
      }
      await delay(100);
    }
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

async function countBrokers(admin: ReturnType<Kafka['admin']>): Promise<number> {
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } catch {
    return 0;
  }
}

/** A pid may have gone to another program: a broker names its directory in its command line. */
function isBroker(pid: number, directory: string): boolean {
  if (pid <= 0) return false;
  const result = spawnSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' });
  const line = result.stdout?.trim() ?? '';
  return line !== '' && !line.startsWith('Z') && line.includes(directory);
}

function brokerDirectory(directory: string, broker: { id: number }): string {
  return join(directory, `broker-${broker.id}`);
}

function readLogEnd(directory: string, broker: Broker): string {
  const file = join(brokerDirectory(directory, broker), 'broker.log');
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2_000) : '';
}

/** All held at once, so that no two are the same. */
async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
        }),
    ),
  );
  return ports;
}
