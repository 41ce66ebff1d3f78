/** The three services as processes of their own, on a database of their own: for tests of what is seen from outside. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ServiceName } from '@throughline/contracts';
import { childEnvironment } from './child-environment.ts';
import { createTestDatabase } from './test-database.ts';

const checkout = path.resolve(import.meta.dirname, '../../..');

export interface StartedServices {
  urls: Record<ServiceName, string>;
  keys: Record<'write' | 'server' | 'read' | 'admin', string>;
  connectionString: string;
  /** Ends the processes; the database stays. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

const keys: StartedServices['keys'] = {
  write: 'wk_test_0123456789abcdef0123456789abcdef',
  server: 'sk_test_0123456789abcdef0123456789abcdef',
  read: 'rk_test_0123456789abcdef0123456789abcdef',
  admin: 'ak_test_0123456789abcdef0123456789abcdef',
};

const environment = {
  THROUGHLINE_WRITE_KEY: keys.write,
  THROUGHLINE_SERVER_KEY: keys.server,
  THROUGHLINE_READ_KEY: keys.read,
  THROUGHLINE_ADMIN_KEY: keys.admin,
  THROUGHLINE_IDENTITY_SECRET: 'a-secret-for-tests-only-0123456789',
  THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
  THROUGHLINE_INGEST_PORT: '0',
  THROUGHLINE_IDENTITY_PORT: '0',
  THROUGHLINE_METRICS_PORT: '0',
};

export interface StartServicesOptions {
  /** Beside the keys and the database. */
  environment?: Readonly<Record<string, string>>;
  /** Called with each line that a service logs. */
  onLine?: (line: string) => void;
}

export async function startServices(options: StartServicesOptions = {}): Promise<StartedServices> {
  const database = await createTestDatabase();
  const { connectionString } = database;
  const ingest = await startService('ingest', connectionString, options);
  const metrics = await startService('metrics', connectionString, options);
  // Where an erasure asks for copies, and a dry run for figures.
  const asked = {
    THROUGHLINE_INGEST_PORT: new URL(ingest.url).port,
    THROUGHLINE_METRICS_PORT: new URL(metrics.url).port,
  };
  const identity = await startService('identity', connectionString, {
    ...options,
    environment: { ...asked, ...options.environment },
  });
  const end = async (): Promise<void> => {
    await Promise.all([ingest.stop(), identity.stop(), metrics.stop()]);
  };
  return {
    urls: { ingest: ingest.url, identity: identity.url, metrics: metrics.url },
    keys,
    connectionString,
    end,
    async stop() {
      await end();
      await database.drop();
    },
  };
}

export interface StartedService {
  url: string;
  stop(): Promise<void>;
}

/** One of them, on a database that others may use too. */
export async function startService(
  name: ServiceName,
  connectionString: string,
  { environment: more = {}, onLine = () => {} }: StartServicesOptions = {},
): Promise<StartedService> {
  const child = fork(path.join(checkout, `services/${name}/src/main.ts`), {
    env: { ...childEnvironment(), DATABASE_URL: connectionString, ...environment, ...more },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  return { url: await readUrl(child, name, onLine), stop: () => stopChild(child) };
}

/** The address that the log of a start names. The rest of the log is read, so that it never fills the pipe. */
async function readUrl(child: ChildProcess, name: string, onLine: (line: string) => void): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error(`the output of ${name} is not piped`);
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    createInterface({ input: stdout }).on('line', (line) => {
      onLine(line);
      const { event, url } = JSON.parse(line) as { event?: string; url?: string };
      if (event === 'service.started' && url !== undefined) resolve(url);
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
