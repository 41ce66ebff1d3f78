/** The backup and the restore of the documentation, with its own commands, and erasures that the backup does not know. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childEnvironment, startService, type StartedService } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPostgresTools, startMachinePostgres, type MachinePostgres } from './machine-postgres.ts';

const checkout = path.resolve(import.meta.dirname, '../../..');
const tools = findPostgresTools();
if (tools === null) console.warn('there are no tools of Postgres: the test of the backup is skipped');
// Where CI says that everything has to run, missing tools are a failure.
const isSkipped = tools === null && process.env['CI'] === undefined;

const keys = {
  THROUGHLINE_SERVER_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_READ_KEY: 'rk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_ADMIN_KEY: 'ak_test_0123456789abcdef0123456789abcdef',
};
const names = ['ingest', 'identity', 'metrics'] as const;

let directory: string;
let postgres: MachinePostgres;
let running: StartedService[] = [];

beforeAll(async () => {
  if (isSkipped) return;
  directory = mkdtempSync(path.join(tmpdir(), 'throughline-backup-'));
  postgres = await startMachinePostgres(tools ?? '', await findFreePort());
  await startAll();
});
afterAll(async () => {
  if (isSkipped) return;
  await stopAll();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startAll(): Promise<void> {
  for (const name of names) {
    const environment = portsOf();
    running.push(await startService(name, postgres.connectionString, { environment }));
  }
}

async function stopAll(): Promise<void> {
  await Promise.all(running.map((service) => service.stop()));
  running = [];
}

/** Of those that run: an erasure asks ingest for its copies. */
function portsOf(): Record<string, string> {
  return Object.fromEntries(
    running.map(({ url }, index) => [
      `THROUGHLINE_${(names[index] ?? '').toUpperCase()}_PORT`,
      new URL(url).port,
    ]),
  );
}

/** Of the documentation, without what reaches into a container. */
function documentedCommand(tool: 'pg_dump' | 'pg_restore'): string {
  const text = readFileSync(path.join(checkout, 'infra/docs/deployment.md'), 'utf8');
  const [, command] = new RegExp(`PGPASSWORD="\\$POSTGRES_PASSWORD" (${tool} [^']+)'`).exec(text) ?? [];
  if (command === undefined) throw new Error(`deployment.md has no command with ${tool}`);
  return command;
}

async function runTool(tool: 'pg_dump' | 'pg_restore', file: string): Promise<void> {
  const dump = openSync(file, tool === 'pg_dump' ? 'w' : 'r');
  const child = spawn('sh', ['-c', documentedCommand(tool)], {
    env: { PATH: `${tools}:${process.env['PATH']}`, PGHOST: '127.0.0.1', PGPORT: String(postgres.port) },
    stdio: tool === 'pg_dump' ? ['ignore', dump, 'inherit'] : [dump, 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number];
  closeSync(dump);
  expect([tool, code]).toEqual([tool, 0]);
}

async function throughline(...given: string[]): Promise<string> {
  const child = spawn(process.execPath, [path.join(checkout, 'packages/cli/src/main.ts'), ...given], {
    env: { ...childEnvironment(), ...keys, ...portsOf(), THROUGHLINE_HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const [code] = (await once(child, 'close')) as [number];
  expect([given, code, said]).toEqual([given, 0, said]);
  return said;
}

const read = async (target: string): Promise<Response> =>
  await fetch(target, { headers: { authorization: `Bearer ${keys.THROUGHLINE_READ_KEY}` } });
const profileOf = async (user: string, after = ''): Promise<number> =>
  (await read(`${running[1]?.url}/v1/profiles/user_id:${user}${after}`)).status;

async function buy(user: string): Promise<void> {
  const order = { type: 'track', id: user, name: 'Order Completed', userId: user };
  const response = await fetch(`${running[0]?.url}/v1/touchpoints`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${keys.THROUGHLINE_SERVER_KEY}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ ...order, properties: { order_id: user, total: 10, currency: 'EUR' } }),
  });
  expect(response.status).toBe(200);
  expect(await profileOf(user, `?after=server/${user}`)).toBe(200);
}

async function untilCounted(): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await read(`${running[2]?.url}/v1/metrics/freshness`);
    if (((await answer.json()) as { pendingRecords: number | null }).pendingRecords === 0) return;
    if (Date.now() > deadline) throw new Error('the figures did not catch up');
    await delay(50);
  }
}

test.skipIf(isSkipped)(
  'a dump is restored by the commands of the documentation, and who was erased since is erased again',
  async () => {
    const [dump, erasures] = [path.join(directory, 'dump'), path.join(directory, 'erasures.ndjson')];
    await buy('stays');
    await buy('leaves');
    await untilCounted();
    await runTool('pg_dump', dump);
    await buy('came-later');
    await throughline('erase', 'user_id:leaves', '--yes', '--wait');
    await throughline('erasures', 'save', erasures);
    expect(await profileOf('leaves')).toBe(404);

    await stopAll();
    await runTool('pg_restore', dump);
    await startAll();
    expect([await profileOf('stays'), await profileOf('leaves'), await profileOf('came-later')]).toEqual([
      200, 200, 404,
    ]);
    await throughline('erasures', 'restore', erasures);
    await expect.poll(() => profileOf('leaves'), { timeout: 60_000 }).toBe(404);
    expect(await profileOf('stays')).toBe(200);
    await untilCounted();
    expect(await throughline('verify')).toContain('compared, 0 differ');
  },
);
