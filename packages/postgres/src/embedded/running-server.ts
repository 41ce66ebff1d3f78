/** A server found by its pid file: adopt it, or clear away what a dead one left. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { isAlive, isPostgresProcess } from './process-identity.ts';

export interface RunningServer {
  pid: number;
  port: number;
}

/** The living postmaster of this data directory, if there is one. A stale pid file is removed. */
export function findRunningServer(cluster: string): RunningServer | undefined {
  const path = join(cluster, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (Number.isInteger(pid) && pid > 1 && isAlive(pid) && isPostgresProcess(pid)) return { pid, port };
  // Postgres would clear it by itself, but for a pid that another program of the same user has got since.
  rmSync(path, { force: true });
  return undefined;
}

export function connectionStringOf(port: number, password: string, database: string): string {
  return `postgres://throughline:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Waits until the server takes connections and says that it serves this data directory. Resolves false when
 * `isGone` says that there is no use in waiting, or after the deadline.
 */
export async function waitUntilServing(
  server: { port: number; password: string; cluster: string },
  isGone: () => boolean,
  deadlineMs: number,
): Promise<boolean> {
  const deadline = Date.now() + deadlineMs;
  while (!isGone() && Date.now() < deadline) {
    const directory = await askDataDirectory(server.port, server.password);
    if (directory !== undefined) return directory === server.cluster;
    await delay(25);
  }
  return false;
}

async function askDataDirectory(port: number, password: string): Promise<string | undefined> {
  const client = new Client({
    connectionString: connectionStringOf(port, password, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>('show data_directory');
    return answer.rows[0]?.data_directory;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Fast shutdown: sessions are ended, a checkpoint is written. Past the deadline, immediate: recovery at the next start. */
export async function stopServer(pid: number, deadlineMs: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isServer(pid)) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + deadlineMs;
    while (isServer(pid) && Date.now() < deadline) await delay(20);
  }
  if (isServer(pid)) throw new Error(`the database server (pid ${pid}) did not stop`);
}

/** The pid may have gone to another program meanwhile. */
export function isServer(pid: number): boolean {
  return isAlive(pid) && isPostgresProcess(pid);
}
