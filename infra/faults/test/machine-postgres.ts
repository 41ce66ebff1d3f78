/** A Postgres of the machine's own packages, with its `pg_dump` and `pg_restore`: the embedded one has neither. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

/** The directory of the newest version that is whole; null for none. */
export function findPostgresTools(): string | null {
  const whole = globSync('/usr/lib/postgresql/*/bin').filter((directory) =>
    ['initdb', 'postgres', 'pg_dump', 'pg_restore'].every((tool) => existsSync(path.join(directory, tool))),
  );
  const versionOf = (directory: string): number => Number(directory.split('/').at(-2));
  return whole.toSorted((left, right) => versionOf(left) - versionOf(right)).at(-1) ?? null;
}

export interface MachinePostgres {
  port: number;
  /** Of the database `throughline`. */
  connectionString: string;
  stop(): Promise<void>;
}

/** The server refuses to run as root, whose files it takes then as the user `postgres`. */
const asServerUser = (command: string, ...rest: string[]): [string, string[]] =>
  process.getuid?.() === 0 ? ['runuser', ['-u', 'postgres', '--', command, ...rest]] : [command, rest];

/** @param port free */
export async function startMachinePostgres(tools: string, port: number): Promise<MachinePostgres> {
  const home = mkdtempSync(path.join(tmpdir(), 'throughline-machine-postgres-'));
  execFileSync('chmod', ['755', home]);
  const data = path.join(home, 'data');
  mkdirSync(data);
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres', data]);
  const [initdb, ofInitdb] = asServerUser(
    path.join(tools, 'initdb'),
    '--pgdata',
    data,
    '--username',
    'postgres',
    '--auth',
    'trust',
    '--encoding',
    'UTF8',
    '--no-sync',
  );
  execFileSync(initdb, ofInitdb, { stdio: 'ignore', cwd: home });
  const settings = [
    'fsync=off',
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=150',
  ];
  const [postgres, ofPostgres] = asServerUser(
    path.join(tools, 'postgres'),
    '-D',
    data,
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  );
  const server = spawn(postgres, ofPostgres, { stdio: 'ignore', cwd: home });
  const ended = once(server, 'exit');
  const stop = async (): Promise<void> => {
    // To the server itself, where another program runs it.
    execFileSync(
      ...asServerUser(path.join(tools, 'pg_ctl'), 'stop', '--pgdata', data, '--mode', 'fast', '--wait'),
      {
        stdio: 'ignore',
        cwd: home,
      },
    );
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  const address = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  await untilCreated(address('postgres'));
  return { port, connectionString: address('throughline'), stop };
}

/** Polls with a deadline until the server takes connections, and makes the database. */
async function untilCreated(connectionString: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const client = new Client({ connectionString });
    try {
      await client.connect();
      await client.query('create database throughline');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(50);
    } finally {
      await client.end().catch(() => {});
    }
  }
}
