/** The three services as processes of their own, on a database of their own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createPostgresEventLog } from '@throughline/event-log';
import { createPool, silentLog } from '@throughline/postgres';
import { createTestDatabase } from '@throughline/testkit';
import path from 'node:path';
import { createInterface } from 'node:readline';

const checkout = path.resolve(import.meta.dirname, '../../..');
const serviceNames = ['ingest', 'identity', 'metrics'] as const;
export const serverKey = 'sk_test_0123456789abcdef0123456789abcdef';
const environment = {
  THROUGHLINE_WRITE_KEY: 'wk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_SERVER_KEY: serverKey,
  THROUGHLINE_READ_KEY: 'rk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_ADMIN_KEY: 'ak_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_IDENTITY_SECRET: 'a-secret-for-tests-only-0123456789',
  THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
  THROUGHLINE_INGEST_PORT: '0',
  THROUGHLINE_IDENTITY_PORT: '0',
  THROUGHLINE_METRICS_PORT: '0',
};

export interface Services {
  urls: Record<(typeof serviceNames)[number], string>;
  /** Puts a record into the log that its consumer cannot use. */
  appendUnreadable(topic: string): Promise<void>;
  stop(): Promise<void>;
}

/** The address that the log of a start names. The rest of the log is read, so that it never fills the pipe. */
async function readUrl(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const { event, url } = JSON.parse(line) as { event?: string; url?: string };
      if (event === 'service.started') resolve(url!);
    });
  });
}

export async function startServices(): Promise<Services> {
  const database = await createTestDatabase();
  const children: ChildProcess[] = [];
  const urls: Partial<Services['urls']> = {};
  for (const name of serviceNames) {
    const child = fork(path.join(checkout, `services/${name}/src/main.ts`), {
      env: { PATH: process.env['PATH'], DATABASE_URL: database.connectionString, ...environment },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    children.push(child);
    urls[name] = await readUrl(child);
  }
  const pool = createPool({
    connectionString: database.connectionString,
    applicationName: 'test',
    onError: () => {},
  });
  const log = createPostgresEventLog({ pool, instanceId: 'test', logger: silentLog });
  return {
    appendUnreadable: (topic) => log.append([{ topic, key: 'k', value: 'unreadable' }]),
    urls: urls as Services['urls'],
    async stop() {
      await log.close();
      await pool.end();
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
        }),
      );
      await database.drop();
    },
  };
}
