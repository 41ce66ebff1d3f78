/** The real stack, started as a person would, on a Postgres that the benchmark shares with its ceilings. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type KeyKind, keyPrefixes } from '@throughline/contracts';
import { findFreePort } from '@throughline/testkit/free-port';
import type { MeasuredProcess } from './process-usage.ts';

const startScript = 'infra/stack/src/main.ts';

export interface StackUnderTest {
  urls: Record<'ingest' | 'identity' | 'metrics', string>;
  keys: Record<KeyKind, string>;
  processes: MeasuredProcess[];
  /** Its own lines, for when something went wrong. */
  logFile: string;
  stop(): Promise<void>;
}

export interface StackOptions {
  directory: string;
  /** Whose `start` is run. */
  checkout: string;
  databaseUrl: string;
  /** `host:port,…`; null for the log in Postgres, whatever the environment says. */
  kafkaBrokers: string | null;
  /** Options of Node for each process of the stack. */
  nodeOptions: string | null;
  /** The environment of the benchmark, which `start` gets but for its own settings. */
  inherited: NodeJS.ProcessEnv;
}

export async function startStack({
  directory,
  checkout,
  databaseUrl,
  kafkaBrokers,
  nodeOptions,
  inherited,
}: StackOptions): Promise<StackUnderTest> {
  const [ingestPort, identityPort, metricsPort] = [
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
  ];
  const home = path.join(directory, 'home');
  const logFile = path.join(directory, 'stack.log');
  const key = (kind: KeyKind): string => `${keyPrefixes[kind]}${randomBytes(24).toString('base64url')}`;
  const keys = { write: key('write'), server: key('server'), read: key('read'), admin: key('admin') };
  const urls = {
    ingest: `http://127.0.0.1:${ingestPort}`,
    identity: `http://127.0.0.1:${identityPort}`,
    metrics: `http://127.0.0.1:${metricsPort}`,
  };
  const output = openSync(logFile, 'a');
  const child = spawn(process.execPath, [path.join(checkout, startScript)], {
    stdio: ['ignore', output, output],
    env: {
      ...inherited,
      ...(nodeOptions === null ? {} : { NODE_OPTIONS: nodeOptions }),
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: kafkaBrokers ?? '',
      THROUGHLINE_HOME: home,
      THROUGHLINE_INGEST_PORT: String(ingestPort),
      THROUGHLINE_IDENTITY_PORT: String(identityPort),
      THROUGHLINE_METRICS_PORT: String(metricsPort),
      THROUGHLINE_WRITE_KEY: keys.write,
      THROUGHLINE_SERVER_KEY: keys.server,
      THROUGHLINE_READ_KEY: keys.read,
      THROUGHLINE_ADMIN_KEY: keys.admin,
    },
  });
  closeSync(output);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };

  // It ends by itself when it cannot get ready.
  for (const url of Object.values(urls)) {
    while (
      !(await fetch(`${url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      ))
    ) {
      if (child.exitCode !== null) {
        await stop();
        throw new Error(`the stack did not start:\n${readFileSync(logFile, 'utf8').slice(-3_000)}`);
      }
      await delay(50);
    }
  }
  const { children } = JSON.parse(readFileSync(path.join(home, 'stack.json'), 'utf8')) as {
    children: MeasuredProcess[];
  };
  const processes = [
    ...children.map(({ name, pid }) => ({ name, pid })),
    { name: 'start', pid: child.pid ?? 0 },
  ];
  return { urls, keys, processes, logFile, stop };
}

/** Without `start`, which only watches them; ingest first. */
export function servicesOf({ processes, urls }: StackUnderTest): StackUnderTest['processes'] {
  return Object.keys(urls).flatMap((name) => processes.filter((one) => one.name === name));
}
