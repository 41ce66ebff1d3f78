/**
 * One Postgres and one Kafka for a vitest run, each started by the first test that asks, so that a run of unit tests
 * costs nothing. Workers are other processes: they ask over HTTP on loopback, the address is in the environment.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSharedKafka } from './shared-kafka.ts';
import { startSharedPostgres, type SharedServer } from './shared-postgres.ts';
import { testServerVariable } from './test-database.ts';

export default async function setUp(): Promise<() => Promise<void>> {
  // The services and commands that tests start are compiled once for all of them.
  const compiled = mkdtempSync(join(tmpdir(), 'throughline-compiled-'));
  process.env['NODE_COMPILE_CACHE'] ??= compiled;
  const servers = new Map<string, Promise<SharedServer>>();
  const starters: Record<string, () => Promise<SharedServer>> = {
    '/': startSharedPostgres,
    '/kafka': startSharedKafka,
  };

  const broker = createServer((request, response) => {
    const path = request.url ?? '/';
    const start = starters[path];
    if (start === undefined) {
      response.writeHead(404).end();
      return;
    }
    const server = servers.get(path) ?? start();
    servers.set(path, server);
    server.then(
      ({ address }) => response.end(address),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => {
    broker.listen(0, '127.0.0.1', resolve);
  });
  process.env[testServerVariable] = `http://127.0.0.1:${(broker.address() as AddressInfo).port}/`;

  return async () => {
    broker.close();
    await Promise.all(
      [...servers.values()].map((server) => server.then((one) => one.stop()).catch(() => {})),
    );
    rmSync(compiled, { recursive: true, force: true });
  };
}
