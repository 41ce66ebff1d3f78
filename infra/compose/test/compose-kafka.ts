/**
 * A broker with the settings of the compose file, made and started as the Kafka image does it: by Kafka's own
 * KafkaDockerWrapper, which turns the environment into a file of properties and formats the storage.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createKafkaEventLog } from '@throughline/event-log/kafka';
import { silentLog } from '@throughline/postgres';
import { findFreePort } from '@throughline/testkit';
import { findClassPath } from '../../kafka/src/class-path.ts';

const run = promisify(execFile);
const readyDeadlineMs = 90_000;

export interface ComposeKafka {
  /** `host:port` */
  broker: string;
  stop(): Promise<void>;
}

export async function startComposeKafka(
  environment: Readonly<Record<string, string>>,
): Promise<ComposeKafka> {
  const directory = mkdtempSync(path.join(tmpdir(), 'throughline-compose-kafka-'));
  const [port, controllerPort] = [await findFreePort(), await findFreePort()];
  const moved = {
    ...moveHere(environment, port, controllerPort),
    KAFKA_LOG_DIRS: path.join(directory, 'data'),
  };
  const java = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', findClassPath(directory)];
  const env = { PATH: process.env['PATH'], ...moved };

  const places = ['default', 'mounted', 'final'].map((name) => path.join(directory, name));
  for (const place of places) mkdirSync(place);
  for (const file of ['log4j2.yaml', 'tools-log4j2.yaml']) {
    writeFileSync(
      path.join(directory, 'default', file),
      'Configuration:\n  Loggers:\n    Root:\n      level: WARN\n',
    );
  }
  const arguments_ = places.flatMap((place) => [`--${path.basename(place)}-configs-dir`, place]);
  try {
    await run('java', [...java, 'kafka.docker.KafkaDockerWrapper', 'setup', ...arguments_], { env });
  } catch (error) {
    rmSync(directory, { recursive: true });
    throw error;
  }

  const heap =
    environment['KAFKA_HEAP_OPTS']
      ?.replace(/-Xms\S+/, '')
      .trim()
      .split(' ') ?? [];
  const broker = spawn(
    'java',
    [...heap, ...java, 'kafka.Kafka', path.join(directory, 'final', 'server.properties')],
    {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const kafka = { broker: `127.0.0.1:${port}`, stop: () => discard(broker, directory) };
  try {
    await waitUntilHealthy(broker, kafka.broker);
  } catch (error) {
    await kafka.stop();
    throw error;
  }
  return kafka;
}

/** As the services do, which compose starts when the broker is healthy. */
async function waitUntilHealthy(process: ChildProcess, broker: string): Promise<void> {
  const deadline = Date.now() + readyDeadlineMs;
  for (;;) {
    const log = createKafkaEventLog({ brokers: [broker], instanceId: 'test', logger: silentLog });
    try {
      await log.ping();
      return;
    } catch (error) {
      if (process.exitCode !== null) throw new Error('the broker ended', { cause: error });
      if (Date.now() > deadline) throw error;
    } finally {
      await log.close();
    }
  }
}

/** The other containers are on this machine, where the ports may be taken. */
function moveHere(
  environment: Readonly<Record<string, string>>,
  port: number,
  controllerPort: number,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value
        .replaceAll('kafka:', '127.0.0.1:')
        .replaceAll('://:', '://127.0.0.1:')
        .replaceAll(':9092', `:${port}`)
        .replaceAll(':9093', `:${controllerPort}`),
    ]),
  );
}

async function discard(broker: ChildProcess, directory: string): Promise<void> {
  if (broker.exitCode === null && broker.signalCode === null) {
    broker.kill('SIGKILL');
    await once(broker, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
}
