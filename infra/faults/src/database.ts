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
import { Client } from 'pg';
import { findFreePort } from './fleet.ts';

export class Database {
  readonly port: number;
  readonly #directory: string;
  #server: EmbeddedPostgres | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.port = port;
  }

  static async start(home: string): Promise<Database> {
    const database = new Database(join(home, 'postgres'), await findFreePort());
    await database.#start();
    return database;
  }

  get connectionString(): string {
    return this.#server?.connectionString ?? '';
  }

  async query<T extends object>(text: string, values: unknown[] = []): Promise<T[]> {
    const client = new Client({ connectionString: this.connectionString });
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
