/** The run's own Postgres, which can be backed up, and put back to the backup. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  discardEmbeddedPostgres,
  type EmbeddedPostgres,
  silentLog,
  startEmbeddedPostgres,
} from '@throughline/postgres';
import { serviceNames, type ServiceName } from '@throughline/contracts';
import { Client } from 'pg';
import { findFreePort } from './fleet.ts';

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
