/** A Postgres of one's own, prepared by the scripts that the compose file gives to the Postgres image. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog, startEmbeddedPostgres } from '@throughline/postgres';
import { Client } from 'pg';

export interface ComposeDatabase {
  /** Of the superuser. */
  connectionString: string;
  port: number;
  runScript(file: string, environment?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

const scripts = path.resolve(import.meta.dirname, '../postgres');

/** Not the test run's shared server: roles belong to a server, not to a database. */
export async function startComposeDatabase(): Promise<ComposeDatabase> {
  // By this name the test kit finds and discards what a killed run left.
  const directory = mkdtempSync(path.join(tmpdir(), 'throughline-test-postgres-'));
  // Run as root, the server is another user.
  chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres({
    dataDirectory: path.join(directory, 'home'),
    log: silentLog,
    settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB', max_connections: '200' },
  });
  const { connectionString, port } = server;
  return {
    connectionString,
    port,
    async runScript(file, environment = {}) {
      const client = new Client({ connectionString });
      await client.connect();
      try {
        await client.query(asPsqlSendsIt(readFileSync(path.join(scripts, file), 'utf8'), environment));
      } finally {
        await client.end();
      }
    },
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** psql's `\getenv name VARIABLE` and `:'name'`; a variable that is missing stays, and is an error of syntax. */
function asPsqlSendsIt(script: string, environment: Readonly<Record<string, string>>): string {
  const values = new Map<string, string>();
  const statements = script.replaceAll(/^\\getenv (\w+) (\w+)$/gm, (_line, name: string, from: string) => {
    const value = environment[from];
    if (value !== undefined) values.set(name, value);
    return '';
  });
  return statements.replaceAll(/:'(\w+)'/g, (reference, name: string) => {
    const value = values.get(name);
    return value === undefined ? reference : `'${value.replaceAll("'", "''")}'`;
  });
}
