/** The service on a database of its own, fed with records, to be asked over HTTP. */
import { setTimeout as pause } from 'node:timers/promises';
import { topics, type ResolvedRecord } from '@throughline/contracts';
import { createLogger } from '@throughline/runtime';
import { openResources, type ServiceResources } from '@throughline/runtime/service';
import { createPool } from '@throughline/postgres';
import { parseConfig } from '../../src/config.ts';
import { startMetrics } from '../../src/start.ts';

export interface FedMetrics {
  ask: <T>(path: string) => Promise<T>;
  /** Comes true, or the run fails. */
  eventually: (isTrue: () => Promise<boolean>) => Promise<void>;
  stop: () => Promise<void>;
}

const [readKey, adminKey] = ['rk', 'ak'].map((kind) => `${kind}_real_data_0123456789abcdef0123456789abcdef`);
const pageRecords = 1_000;
const deadlineMs = 20 * 60_000;

/** @param server the connection string of a server on which databases may be made */
export async function feedMetrics(
  server: string,
  name: string,
  records: readonly ResolvedRecord[],
): Promise<FedMetrics> {
  const connectionString = await makeDatabase(server, name);
  const config = parseConfig({
    DATABASE_URL: connectionString,
    THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
    THROUGHLINE_METRICS_PORT: '0',
    THROUGHLINE_READ_KEY: readKey,
    THROUGHLINE_ADMIN_KEY: adminKey,
  });
  const logger = createLogger({ service: 'metrics', level: 'error' });
  const connections = { background: 10, api: 5, consumer: 5 };
  const resources = await openResources({ service: 'metrics', config, logger, connections });
  const metrics = await startMetrics({ config, logger, resources });
  await append(resources.log, records);
  const ask = createAsk(metrics.url);
  await waitForFacts(connectionString, ask, records);
  await verify(ask);
  return { ask, eventually, stop: () => metrics.stop() };
}

async function makeDatabase(server: string, name: string): Promise<string> {
  const pool = createPool({ connectionString: server, applicationName: 'real-data', onError: console.error });
  await pool.query(`drop database if exists ${name} with (force)`);
  await pool.query(`create database ${name}`);
  await pool.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function append(log: ServiceResources['log'], records: readonly ResolvedRecord[]): Promise<void> {
  const partitions = await log.partitions(topics.resolved);
  for (let start = 0; start < records.length; start += pageRecords) {
    const page = records.slice(start, start + pageRecords);
    await log.appendToPartition(
      topics.resolved,
      (start / pageRecords) % partitions,
      // The receiver takes what is not above the last position of a shard for a repetition.
      page.map((record, index) => ({
        key: 'k',
        value: JSON.stringify({ ...record, sequence: start + index + 1 }),
      })),
    );
  }
}

type Ask = <T>(path: string, method?: string) => Promise<T>;

function createAsk(url: string): Ask {
  return async <T>(path: string, method = 'GET'): Promise<T> => {
    const key = method === 'GET' ? readKey : adminKey;
    const response = await fetch(`${url}/v1/metrics/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('it did not come true in time');
    await pause(250);
  }
}

/** The freshness alone may be of a moment before the records came. */
async function waitForFacts(
  connectionString: string,
  ask: Ask,
  records: readonly ResolvedRecord[],
): Promise<void> {
  const keys = records.flatMap((record) =>
    record.kind === 'touchpoint.resolved' ? [record.touchpoint.key] : [],
  );
  const expected = new Set(keys).size;
  const pool = createPool({ connectionString, applicationName: 'real-data', onError: console.error });
  await eventually(async () => {
    const { rows } = await pool.query<{ facts: number }>('select count(*)::int as facts from metrics.fact');
    const { pendingRecords } = await ask<{ pendingRecords: number }>('freshness');
    return rows[0]?.facts === expected && pendingRecords === 0;
  });
  await pool.end();
}

async function verify(ask: Ask): Promise<void> {
  const { id } = await ask<{ id: string }>('verifications', 'POST');
  let verification = { state: 'running', differenceCount: null as number | null };
  await eventually(async () => {
    verification = await ask(`verifications/${id}`);
    return verification.state !== 'running';
  });
  if (verification.state !== 'done' || verification.differenceCount !== 0)
    throw new Error(`the verification says ${JSON.stringify(verification).slice(0, 2_000)}`);
}
