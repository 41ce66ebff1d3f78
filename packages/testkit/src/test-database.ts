/**
 * A database of its own for each test file, on a real Postgres: the one `THROUGHLINE_TEST_DATABASE_URL` names, else an
 * embedded server that the whole run shares and that starts when the first test asks (see vitest-global-setup.ts).
 */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  connectionString: string;
  /** Ends whatever is still connected. */
  drop(): Promise<void>;
}

export const testServerVariable = 'THROUGHLINE_TEST_SERVER_ADDRESS';

export async function createTestDatabase(): Promise<TestDatabase> {
  const server = new URL(await findTestServer());
  const name = `throughline_test_${randomBytes(6).toString('hex')}`;
  await runOnServer(server, `create database ${name}`);
  const database = new URL(server);
  database.pathname = `/${name}`;
  return {
    connectionString: database.href,
    drop: () => runOnServer(server, `drop database if exists ${name} with (force)`),
  };
}

async function findTestServer(): Promise<string> {
  const given = process.env['THROUGHLINE_TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const address = process.env[testServerVariable];
  if (address === undefined) {
    throw new Error('no test server: run under vitest from the root, or set THROUGHLINE_TEST_DATABASE_URL');
  }
  const response = await fetch(address);
  const body = await response.text();
  if (!response.ok) throw new Error(`the test server did not start: ${body}`);
  return body;
}

async function runOnServer(server: URL, statement: string): Promise<void> {
  const client = new Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
