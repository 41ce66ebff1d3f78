/** The run's own Postgres, which can be backed up, and put back to the backup. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  discardEmbeddedPostgres,
  type EmbeddedPostgres,
  silentLog,
  startEmbeddedPostgres,
} from '@throughline/postgres';
import { serviceNames, type ServiceName } from '@throughline/contracts';
import { findFreePort } from '@throughline/testkit/free-port';
import { Client } from 'pg';

const goneWithinMs = 30_000;

export class Database {
  readonly port: number;
  readonly #directory: string;
  readonly #isPerService: boolean;
  #server: EmbeddedPostgres | undefined;

  private constructor(directory: string, port: number, isPerService: boolean) {
    this.#directory = directory;
    this.port = port;
    this.#isPerService = isPerService;
  }

  /** @param isPerService each service has a database of its own */
  static async start(home: string, isPerService = false): Promise<Database> {
    const database = new Database(join(home, 'postgres'), await findFreePort(), isPerService);
    await database.#start();
    if (isPerService) for (const service of serviceNames) await database.query(`create database ${service}`);
    return database;
  }

  get connectionString(): string {
    return this.#server?.connectionString ?? '';
  }

  urlOf(service: ServiceName): string {
    if (!this.#isPerService) return this.connectionString;
    const url = new URL(this.connectionString);
    url.pathname = `/${service}`;
    return url.href;
  }

  /** @param service whose database is asked. Default: the one that all share */
  async query<T extends object>(text: string, values: unknown[] = [], service?: ServiceName): Promise<T[]> {
    const connectionString = service === undefined ? this.connectionString : this.urlOf(service);
    const client = new Client({ connectionString });
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Stopped cleanly, copied, started again: services live through it. Returns where the copy is. */
  async backUp(): Promise<string> {
    const cluster = await this.#findCluster();
    await this.stop();
    const copy = `${cluster}-backup`;
    rmSync(copy, { recursive: true, force: true });
    copyTree(cluster, copy);
    await this.#start();
    return copy;
  }

  async restore(copy: string): Promise<void> {
    const cluster = await this.#findCluster();
    await this.stop();
    rmSync(cluster, { recursive: true, force: true });
    copyTree(copy, cluster);
    await this.#start();
  }

  /** Ends the server as a loss of power does, and waits until its processes are gone. */
  async kill(): Promise<boolean> {
    const pids = await this.#findProcesses();
    const [server] = pids;
    if (server === undefined) return false;
    process.kill(server, 'SIGKILL');
    const deadline = Date.now() + goneWithinMs;
    while (pids.some((pid) => stateOf(pid) !== undefined)) {
      if (Date.now() > deadline) return false;
      await delay(20);
    }
    return true;
  }

  async startAgain(): Promise<void> {
    await this.#start();
  }

  /** Stops all processes of the server where they are. Returns what resumes them, and whether they were stopped. */
  async freeze(): Promise<{ isFrozen: boolean; thaw: () => void }> {
    const pids = await this.#findProcesses();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await delay(100);
    return {
      isFrozen: pids.length > 1 && pids.every((pid) => stateOf(pid) === 'T'),
      thaw: () => {
        for (const pid of pids) process.kill(pid, 'SIGCONT');
      },
    };
  }

  /** The server's first, then those of its connections. */
  async #findProcesses(): Promise<number[]> {
    const file = readFileSync(join(await this.#findCluster(), 'postmaster.pid'), 'utf8');
    const server = Number(file.split('\n')[0]);
    const children = readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && statOf(pid)?.parent === server);
    return [server, ...children];
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async discard(): Promise<void> {
    await this.stop();
    await discardEmbeddedPostgres(this.#directory);
  }

  async #start(): Promise<void> {
    this.#server = await startEmbeddedPostgres({
      dataDirectory: this.#directory,
      port: this.port,
      log: silentLog,
      settings: { max_connections: '300' },
    });
  }

  async #findCluster(): Promise<string> {
    const [row] = await this.query<{ data_directory: string }>('show data_directory');
    if (row === undefined) throw new Error('Postgres did not say where its data lie');
    return row.data_directory;
  }
}

/** With owners and modes, which Postgres insists on. */
function copyTree(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the data could not be copied: ${stderr}`);
}

function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const [, state = '', parent = ''] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Undefined when it has ended. */
function stateOf(pid: number): string | undefined {
  const state = statOf(pid)?.state;
  return state === 'Z' ? undefined : state;
}
