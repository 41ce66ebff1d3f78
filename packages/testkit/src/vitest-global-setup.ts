/**
 * One embedded Postgres for a vitest run, started by the first test that asks for a database, so that a run of unit
 * tests costs nothing. Workers are other processes: they ask over HTTP on loopback, the address is in the environment.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  discardEmbeddedPostgres,
  silentLog,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '@throughline/postgres';
import { testServerVariable } from './test-database.ts';

const prefix = 'throughline-test-postgres-';

export default async function setUp(): Promise<() => Promise<void>> {
  let started: Promise<EmbeddedPostgres> | undefined;
  let directory: string | undefined;

  async function startOnce(): Promise<EmbeddedPostgres> {
    await discardAbandoned();
    directory = mkdtempSync(join(tmpdir(), prefix));
    // Run as root, the server is another user.
    chmodSync(directory, 0o755);
    return await startEmbeddedPostgres({
      dataDirectory: join(directory, 'home'),
      log: silentLog,
      // Tests kill processes, never the machine: what the kernel has is durable enough.
      settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '128MB', max_connections: '300' },
    });
  }

  const server = createServer((_request, response) => {
    started ??= startOnce();
    started.then(
      (postgres) => response.end(postgres.connectionString),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  process.env[testServerVariable] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  return async () => {
    server.close();
    await started?.then((postgres) => postgres.stop()).catch(() => {});
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
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
