import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  discardEmbeddedPostgres,
  silentLog,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type StructuredLog,
} from '../../src/index.ts';

let home: string;
const running: EmbeddedPostgres[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'throughline-embedded-'));
  chmodSync(home, 0o755);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  chmodSync(home, 0o755);
  rmSync(home, { recursive: true, force: true });
});

async function start(
  options: { port?: number; log?: StructuredLog; in?: string } = {},
): Promise<EmbeddedPostgres> {
  const { log = silentLog, in: dataDirectory = join(home, 'postgres'), ...rest } = options;
  const server = await startEmbeddedPostgres({ dataDirectory, log, ...rest });
  running.push(server);
  return server;
}

async function stop(server: EmbeddedPostgres): Promise<void> {
  running.splice(running.indexOf(server), 1);
  await server.stop();
}

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A parent in a process of its own. */
async function startParent(dataDirectory: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'embedded-parent.ts'), dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, server: JSON.parse(line) as { connectionString: string; port: number } };
}

describe('startEmbeddedPostgres', () => {
  test('starts cold, durable, on loopback only, with a password that no other user can read', async () => {
    const server = await start();
    expect(server.adopted).toBe(false);
    const rows = await query(
      server.connectionString,
      `select string_agg(setting, ' ' order by name) as settings from pg_settings
       where name in ('fsync', 'listen_addresses', 'synchronous_commit', 'unix_socket_directories')`,
    );
    expect(rows).toEqual([{ settings: 'on 127.0.0.1 on ' }]);
    expect(statSync(join(home, 'postgres', 'password')).mode & 0o777).toBe(0o600);
    const wrong = new URL(server.connectionString);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  test('keeps its data over a stop and a start', async () => {
    const first = await start();
    await query(first.connectionString, 'create table kept as select 7 as n');
    await stop(first);
    const second = await start();
    expect(await query(second.connectionString, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  test('adopts the server of a parent that was killed, and stops it in the end', async () => {
    const { child, server } = await startParent(join(home, 'postgres'));
    await query(server.connectionString, 'create table kept as select 7 as n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const adopted = await start();
    expect(adopted).toMatchObject({ adopted: true, port: server.port });
    expect(await query(adopted.connectionString, 'select n from kept')).toEqual([{ n: 7 }]);
    await stop(adopted);
    await expect(query(server.connectionString, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  test('starts again after parent and server were both killed', async () => {
    const { child, server } = await startParent(join(home, 'postgres'));
    await query(server.connectionString, 'create table kept as select 7 as n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const pidFile = join(home, 'postgres', 'cluster', 'postmaster.pid');
    process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
    const again = await start();
    expect(again.adopted).toBe(false);
    expect(await query(again.connectionString, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  test('refuses a second parent while the first one lives', async () => {
    const { child } = await startParent(join(home, 'postgres'));
    await expect(start()).rejects.toThrow(new RegExp(`pid ${child.pid}`));
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  test('names the port that was asked for and is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
    squatter.close();
  });

  test('discards what a killed parent left, but nothing that is in use', async () => {
    const { child, server } = await startParent(join(home, 'postgres'));
    expect(await discardEmbeddedPostgres(join(home, 'postgres'))).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await discardEmbeddedPostgres(join(home, 'postgres'))).toBe(true);
    await expect(query(server.connectionString, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });
});

/** Only root has to run the server as another user, which may not be able to enter every directory. */
describe.runIf(process.getuid?.() === 0)('startEmbeddedPostgres as root, in a home closed to others', () => {
  test('puts the data where the server can enter, says so, and finds them again', async () => {
    chmodSync(home, 0o700);
    mkdirSync(join(home, 'deeper'));
    const said: Record<string, unknown>[] = [];
    const log = { ...silentLog, info: (fields: Record<string, unknown>) => void said.push(fields) };
    const first = await start({ in: join(home, 'deeper'), log });
    const directory = said.find((fields) => fields['event'] === 'postgres.data_relocated')?.[
      'directory'
    ] as string;
    expect(existsSync(join(directory, 'cluster'))).toBe(true);
    await query(first.connectionString, 'create table kept as select 7 as n');
    await stop(first);
    const second = await start({ in: join(home, 'deeper') });
    expect(await query(second.connectionString, 'select n from kept')).toEqual([{ n: 7 }]);
    await stop(second);

    // A wiped home starts empty; what it had is set aside, not deleted and not found by surprise.
    rmSync(join(home, 'deeper'), { recursive: true });
    const third = await start({ in: join(home, 'deeper') });
    await expect(query(third.connectionString, 'select n from kept')).rejects.toThrow(/does not exist/);
    await stop(third);
    const parent = join(directory, '..');
    const ofThisHome = () => readdirSync(parent).filter((name) => join(parent, name).startsWith(directory));
    expect(ofThisHome()).toHaveLength(2);

    // A temporary home that is gone takes its data along, once another home is relocated.
    rmSync(join(home, 'deeper'), { recursive: true });
    mkdirSync(join(home, 'other'));
    await stop(await start({ in: join(home, 'other') }));
    expect(ofThisHome()).toEqual([]);
  });
});
