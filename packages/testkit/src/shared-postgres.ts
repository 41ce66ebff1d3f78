/** The embedded Postgres of a test run, in a directory of its own. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardEmbeddedPostgres, silentLog, startEmbeddedPostgres } from '@throughline/postgres';

export interface SharedServer {
  /** What tests connect to. */
  address: string;
  stop(): Promise<void>;
}

const prefix = 'throughline-test-postgres-';

export async function startSharedPostgres(): Promise<SharedServer> {
  await discardAbandoned();
  const directory = mkdtempSync(join(tmpdir(), prefix));
  // Run as root, the server is another user.
  chmodSync(directory, 0o755);
  const postgres = await startEmbeddedPostgres({
    dataDirectory: join(directory, 'home'),
    log: silentLog,
    // Tests kill processes, never the machine: what the kernel has is durable enough.
    settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '128MB', max_connections: '300' },
  });
  return {
    address: postgres.connectionString,
    async stop() {
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Servers of runs that were killed. */
async function discardAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    // Another run may clear the same one at the same time.
    await discardEmbeddedPostgres(join(path, 'home'))
      .then((discarded) => discarded && rmSync(path, { recursive: true, force: true }))
      .catch(() => {});
  }
}
