/**
 * Real Kafka on this machine, without Docker: brokers from Maven's artifacts on Java 17, in KRaft mode, each its own
 * controller. They outlive the process that starts them; a file in the directory says which they are.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '@throughline/testkit/free-port';
import { Kafka, logLevel } from 'kafkajs';
import { brokerDirectory, findBrokerProcesses, propertiesFile } from './broker-process.ts';
import { brokerProperties, type BrokerAddress } from './broker-properties.ts';
import { findClassPath } from './class-path.ts';
import {
  makeCertificates,
  scramArguments,
  securityProperties,
  type CertificateFiles,
  type ClusterUser,
} from './cluster-security.ts';

interface Broker extends BrokerAddress {
  pid: number;
}

interface ClusterState {
  clusterId: string;
  brokers: Broker[];
}

/** Of the first broker, and how to speak to it. */
export interface SecuredCluster {
  plain: string;
  sasl: string;
  mutual: string;
  certificates: CertificateFiles;
}

/** What brokers are started with, besides their addresses. */
interface BrokerSecurity {
  properties: Record<string, string>;
  formatArguments: string[];
}

const readyDeadlineMs = 180_000;

/**
 * Starts a cluster in the directory, or what is dead of the one that is there: same ports, same data. Resolves with
 * `host:port,…` when every broker answers. Throws when the cluster that is there has another number of brokers.
 */
export async function startCluster(directory: string, count: number): Promise<string> {
  const state = readState(directory) ?? claimState(directory, await createState(count, false));
  return await startBrokers(directory, state, count);
}

/** As `startCluster`, one broker, with two more listeners that authenticate, and rights for those that log in. */
export async function startSecuredCluster(
  directory: string,
  users: readonly ClusterUser[],
): Promise<SecuredCluster> {
  const certificates = makeCertificates(join(directory, 'certificates'));
  const state = readState(directory) ?? claimState(directory, await createState(1, true));
  const plain = await startBrokers(directory, state, 1, {
    properties: securityProperties(users, certificates),
    formatArguments: scramArguments(users),
  });
  const [broker] = state.brokers;
  return {
    plain,
    sasl: `127.0.0.1:${broker?.saslPort}`,
    mutual: `127.0.0.1:${broker?.mutualPort}`,
    certificates,
  };
}

async function startBrokers(
  directory: string,
  state: ClusterState,
  count: number,
  security?: BrokerSecurity,
): Promise<string> {
  if (state.brokers.length !== count) {
    throw new Error(`a cluster of ${state.brokers.length} is there already: pnpm kafka:down wipes it`);
  }
  const classPath = findClassPath(directory);
  const running = findBrokerProcesses(directory, brokerIds(state));
  for (const broker of state.brokers) {
    broker.pid = running.get(broker.id) ?? startBroker(directory, classPath, state, broker, security);
    writeState(directory, state);
  }
  const addresses = state.brokers.map((broker) => `127.0.0.1:${broker.port}`);
  await waitUntilReady(directory, state, addresses);
  return addresses.join(',');
}

/** Kills the brokers and wipes their data; Maven's list of jars stays. False when there was no cluster. */
export async function stopCluster(directory: string): Promise<boolean> {
  if (!existsSync(stateFile(directory))) return false;
  // All that there may be, whatever the file says.
  const ids = [1, 2, 3];
  const running = findBrokerProcesses(directory, ids);
  // What is wiped need not be closed.
  for (const pid of running.values()) process.kill(pid, 'SIGKILL');
  const deadline = Date.now() + 10_000;
  while (findBrokerProcesses(directory, ids).size > 0) {
    if (Date.now() > deadline) throw new Error(`brokers live on: ${[...running.values()].join(', ')}`);
    await delay(20);
  }
  for (const id of ids) rmSync(brokerDirectory(directory, id), { recursive: true, force: true });
  rmSync(stateFile(directory));
  return true;
}

/** Process ids by broker, for tests that kill one. */
export function findBrokers(directory: string): { id: number; pid: number; port: number }[] {
  const brokers = readState(directory)?.brokers ?? [];
  const running = findBrokerProcesses(
    directory,
    brokers.map(({ id }) => id),
  );
  return brokers.map(({ id, pid, port }) => ({ id, pid: running.get(id) ?? pid, port }));
}

const stateFile = (directory: string): string => join(directory, 'cluster.json');
const brokerIds = ({ brokers }: ClusterState): number[] => brokers.map(({ id }) => id);

function readState(directory: string): ClusterState | undefined {
  const file = stateFile(directory);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClusterState;
  } catch (error) {
    throw new Error(`${file} cannot be read: pnpm kafka:down wipes it, and the brokers with it`, {
      cause: error,
    });
  }
}

/**
 * Written before the first broker starts, so that whatever happens next, kafka:down knows what to stop. Of two commands
 * at once one is first, and both continue with its state.
 */
function claimState(directory: string, state: ClusterState): ClusterState {
  mkdirSync(directory, { recursive: true });
  const draft = `${stateFile(directory)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state, null, 2));
  try {
    linkSync(draft, stateFile(directory));
    return state;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readState(directory) ?? state;
  } finally {
    rmSync(draft);
  }
}

/** As a whole: a crash leaves the one before or this one. */
function writeState(directory: string, state: ClusterState): void {
  const file = stateFile(directory);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(state, null, 2));
  renameSync(`${file}.${process.pid}`, file);
}

async function createState(count: number, isSecured: boolean): Promise<ClusterState> {
  const brokers: Broker[] = [];
  for (let id = 1; id <= count; id++) {
    brokers.push({
      id,
      port: await findFreePort(),
      controllerPort: await findFreePort(),
      ...(isSecured ? { saslPort: await findFreePort(), mutualPort: await findFreePort() } : {}),
      pid: 0,
    });
  }
  return { clusterId: makeClusterId(), brokers };
}

/** A UUID as Kafka writes it; one that began with a dash would pass for an option of the storage tool. */
function makeClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** Formats the broker's storage, if it is new, and starts it in a group of its own. */
function startBroker(
  directory: string,
  classPath: string,
  state: ClusterState,
  broker: Broker,
  security: BrokerSecurity = { properties: {}, formatArguments: [] },
): number {
  const own = brokerDirectory(directory, broker.id);
  mkdirSync(own, { recursive: true });
  const properties = propertiesFile(directory, broker.id);
  writeFileSync(properties, brokerProperties(own, broker, state.brokers, security.properties));
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
      ...security.formatArguments,
    ],
    { encoding: 'utf8' },
  );
  if (format.error !== undefined)
    throw new Error('Java 17 or newer (java) is needed to run Kafka', { cause: format.error });
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

async function waitUntilReady(directory: string, state: ClusterState, addresses: string[]): Promise<void> {
  const deadline = Date.now() + readyDeadlineMs;
  let waiting = addresses;
  for (;;) {
    const running = findBrokerProcesses(directory, brokerIds(state));
    const dead = state.brokers.find(({ id }) => !running.has(id));
    if (dead !== undefined) throw new Error(`broker ${dead.id} ended:\n${readLogEnd(directory, dead)}`);
    const answers = await Promise.all(waiting.map((address) => isReady(address, addresses.length)));
    waiting = waiting.filter((_address, index) => answers[index] !== true);
    if (waiting.length === 0) return;
    if (Date.now() > deadline) {
      const logs = state.brokers.map((one) => readLogEnd(directory, one)).join('\n');
      throw new Error(`Kafka was not ready in ${readyDeadlineMs / 1_000} s:\n${logs}`);
    }
    await delay(100);
  }
}

/** Each broker is asked by itself: for a while the others still count one that was killed. */
async function isReady(address: string, brokers: number): Promise<boolean> {
  const admin = new Kafka({
    clientId: 'kafka-up',
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length === brokers;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

/** What a broker said last, without the frames of its stacks: the reason stands above them. */
function readLogEnd(directory: string, broker: Broker): string {
  const file = join(brokerDirectory(directory, broker.id), 'broker.log');
  if (!existsSync(file)) return '';
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines
    .filter((line) => !/^\s+(at |\.\.\.)/.test(line))
    .slice(-15)
    .join('\n');
}
