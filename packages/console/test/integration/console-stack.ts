/** The whole stack as `start` runs it, filled with a shop, for the tests of the console. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, findFreePort, until } from '@throughline/testkit';

export interface ConsoleStack {
  urls: Record<'ingest' | 'identity' | 'metrics', string>;
  keys: Record<'write' | 'server' | 'read' | 'admin', string>;
  /** Sends touchpoints with the server key, and waits until they are counted. */
  fill(touchpoints: readonly unknown[]): Promise<void>;
  /** An answer of a service, asked without the console. */
  ask<T>(service: 'ingest' | 'identity' | 'metrics', target: string): Promise<T>;
  stop(): Promise<void>;
}

const batch = 500;

export async function startConsoleStack(): Promise<ConsoleStack> {
  const database = await createTestDatabase();
  const home = mkdtempSync(path.join(tmpdir(), 'throughline-console-'));
  const ports = {
    ingest: await findFreePort(),
    identity: await findFreePort(),
    metrics: await findFreePort(),
  };
  const key = (prefix: string): string => prefix + randomBytes(24).toString('base64url');
  const keys = { write: key('wk_'), server: key('sk_'), read: key('rk_'), admin: key('ak_') };
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('THROUGHLINE_'));
  const child = spawn(
    process.execPath,
    [path.resolve(import.meta.dirname, '../../../../infra/stack/src/main.ts')],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(inherited),
        DATABASE_URL: database.connectionString,
        THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
        THROUGHLINE_HOME: home,
        THROUGHLINE_INGEST_PORT: String(ports.ingest),
        THROUGHLINE_IDENTITY_PORT: String(ports.identity),
        THROUGHLINE_METRICS_PORT: String(ports.metrics),
        THROUGHLINE_WRITE_KEY: keys.write,
        THROUGHLINE_SERVER_KEY: keys.server,
        THROUGHLINE_READ_KEY: keys.read,
        THROUGHLINE_ADMIN_KEY: keys.admin,
        THROUGHLINE_GROUPS: 'acquisitionChannel+relationship',
        LOG_LEVEL: 'warn',
      },
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    await database.drop();
    rmSync(home, { recursive: true, force: true });
  };
  await until('the stack is ready', () => {
    if (child.exitCode !== null) throw new Error(`the stack did not start:\n${output}`);
    return Promise.resolve(output.includes('Throughline is running'));
  });
  const urls = {
    ingest: `http://127.0.0.1:${ports.ingest}`,
    identity: `http://127.0.0.1:${ports.identity}`,
    metrics: `http://127.0.0.1:${ports.metrics}`,
  };
  const ask: ConsoleStack['ask'] = async <T>(service: keyof typeof urls, target: string) => {
    const response = await fetch(urls[service] + target, {
      headers: { authorization: `Bearer ${keys.admin}` },
    });
    if (!response.ok) throw new Error(`${service} answers ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return { urls, keys, ask, stop, fill: async (touchpoints) => await fill({ urls, keys, ask }, touchpoints) };
}

async function fill(
  { urls, keys, ask }: Pick<ConsoleStack, 'urls' | 'keys' | 'ask'>,
  touchpoints: readonly unknown[],
): Promise<void> {
  for (let begin = 0; begin < touchpoints.length; begin += batch) {
    const response = await fetch(`${urls.ingest}/v1/touchpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.server}`, 'content-type': 'application/json' },
      body: JSON.stringify(touchpoints.slice(begin, begin + batch)),
    });
    if (!response.ok) throw new Error(`ingest answers ${response.status}: ${await response.text()}`);
  }
  interface Freshness {
    freshness?: { pendingRecords: number | null };
    pendingRecords?: number | null;
  }
  await until('what was sent is counted', async () => {
    const answers = await Promise.all([
      ask<Freshness>('identity', '/v1/freshness'),
      ask<Freshness>('metrics', '/v1/metrics/freshness'),
    ]);
    return answers.every((answer) => (answer.freshness ?? answer).pendingRecords === 0);
  });
}
