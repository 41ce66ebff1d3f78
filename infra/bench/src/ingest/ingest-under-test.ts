/** Ingest alone, with a database and a log, and without limits of requests: nothing else consumes what it writes. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { keyPrefixes } from '@throughline/contracts';
import { nodeLimitsOf } from '@throughline/runtime/settings';
import { findFreePort } from '@throughline/testkit/free-port';
import type { BenchSession } from '../bench-session.ts';
import { checkout } from '../git.ts';
import type { MeasuredProcess } from '../process-usage.ts';

export interface IngestUnderTest {
  url: string;
  writeKey: string;
  serverKey: string;
  process: MeasuredProcess;
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;

export async function startIngest(
  { directory, databaseUrl, kafkaBrokers }: BenchSession,
  inherited: NodeJS.ProcessEnv,
): Promise<IngestUnderTest> {
  const port = await findFreePort();
  const secret = (): string => randomBytes(24).toString('base64url');
  const [writeKey, serverKey] = [keyPrefixes.write + secret(), keyPrefixes.server + secret()];
  const output = openSync(path.join(directory, 'ingest.log'), 'a');
  const child = spawn(
    process.execPath,
    [...nodeLimitsOf('ingest'), path.join(checkout, 'services/ingest/src/main.ts')],
    {
      stdio: ['ignore', output, output],
      env: {
        ...inherited,
        DATABASE_URL: databaseUrl,
        KAFKA_BROKERS: kafkaBrokers ?? '',
        THROUGHLINE_INGEST_PORT: String(port),
        THROUGHLINE_WRITE_KEY: writeKey,
        THROUGHLINE_SERVER_KEY: serverKey,
        THROUGHLINE_KEY_REQUESTS_PER_MINUTE: '0',
        THROUGHLINE_ADDRESS_REQUESTS_PER_MINUTE: '0',
      },
    },
  );
  closeSync(output);
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + readyWithinMs;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`ingest did not become ready: see ${path.join(directory, 'ingest.log')}`);
    }
    await delay(100);
  }
  return {
    url,
    writeKey,
    serverKey,
    process: { name: 'ingest', pid: child.pid ?? 0 },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
