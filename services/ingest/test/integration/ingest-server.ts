/** A whole ingest service on a database of its own, and the log's records as a consumer would read them. */
import { randomUUID } from 'node:crypto';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createLogger } from '@throughline/runtime';
import { createTestDatabase, until as untilHolds } from '@throughline/testkit';
import type { Pool } from 'pg';
import { parseConfig } from '../../src/config.ts';
import { startIngest, type StartOptions } from '../../src/start.ts';

export const testKeys = {
  write: 'wk_test_0123456789abcdef0123456789abcdef',
  server: 'sk_test_0123456789abcdef0123456789abcdef',
  read: 'rk_test_0123456789abcdef0123456789abcdef',
  admin: 'ak_test_0123456789abcdef0123456789abcdef',
} as const;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked at from outside, as a client does
  json: any;
}

export interface IngestServer {
  url: string;
  port: number;
  connectionString: string;
  pool: Pool;
  log: EventLog;
  /** Every line it has logged. */
  logged: () => string[];
  post(path: string, body: unknown, options?: PostOptions): Promise<Answer>;
  get(path: string, key?: string): Promise<Answer>;
  /** All records of a topic, parsed, in order of their partitions. */
  // oxlint-disable-next-line typescript/no-explicit-any -- see Answer
  records(topic: string): Promise<any[]>;
  stop(): Promise<void>;
}

export interface PostOptions {
  key?: string | null;
  headers?: Record<string, string>;
  /** The body is sent as it is. */
  raw?: boolean;
}

export async function startIngestServer(
  options: Pick<StartOptions, 'limits' | 'clock'> & {
    wrapLog?: (log: EventLog) => EventLog;
    environment?: Readonly<Record<string, string>>;
    /** Of another server, to run beside it on the same database. */
    connectionString?: string;
  } = {},
): Promise<IngestServer> {
  const database = options.connectionString === undefined ? await createTestDatabase() : null;
  const connectionString = options.connectionString ?? database?.connectionString ?? '';
  const lines: string[] = [];
  const logger = createLogger({
    service: 'ingest',
    level: 'trace',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const connection = {
    connectionString,
    applicationName: 'ingest-test',
    onError: () => {},
  };
  const pool = createPool(connection);
  const log = createPostgresEventLog({
    pool,
    instanceId: `test-${randomUUID()}`,
    logger,
    pollMs: 20,
    lingerMs: 1,
  });
  const config = parseConfig({
    DATABASE_URL: connectionString,
    THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
    THROUGHLINE_INGEST_PORT: '0',
    THROUGHLINE_WRITE_KEY: testKeys.write,
    THROUGHLINE_SERVER_KEY: testKeys.server,
    THROUGHLINE_READ_KEY: testKeys.read,
    THROUGHLINE_ADMIN_KEY: testKeys.admin,
    ...options.environment,
  });
  const running = await startIngest({
    config,
    logger,
    resources: {
      pool,
      apiPool: createPool({ ...connection, max: 4 }),
      consumerPool: createPool({ ...connection, max: 2 }),
      log: options.wrapLog?.(log) ?? log,
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const { url } = running;

  async function answerOf(response: Response): Promise<Answer> {
    const text = await response.text();
    let json: unknown = null;
    if (/json/.test(response.headers.get('content-type') ?? '')) json = JSON.parse(text);
    return { status: response.status, headers: response.headers, text, json };
  }

  return {
    url,
    port: Number(new URL(url).port),
    connectionString,
    pool,
    log,
    logged: () => lines,
    post: async (path, body, { key = testKeys.server, headers = {}, raw = false } = {}) =>
      await answerOf(
        await fetch(url + path, {
          method: 'POST',
          headers: {
            ...(key === null ? {} : { authorization: `Bearer ${key}` }),
            'content-type': 'application/json',
            ...headers,
          },
          body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
        }),
      ),
    get: async (path, key = testKeys.admin) =>
      await answerOf(await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })),
    records: (topic) => readTopic(log, topic),
    async stop() {
      await running.stop();
      await database?.drop();
    },
  };
}

async function readTopic(log: EventLog, topic: string): Promise<unknown[]> {
  const group = `test.${Math.random().toString(36).slice(2)}`;
  const found: unknown[][] = [];
  const subscription = await log.subscribe({
    group,
    topics: [topic],
    loadPosition: async () => ({ nextOffset: 0, lastRecord: null }),
    handle: async ({ partition, records }) => {
      (found[partition] ??= []).push(...records.map((record) => JSON.parse(record.value) as unknown));
    },
    onProblem: () => {},
  });
  const total = (await log.lag(group, [topic])).reduce(
    (sum, lag) => sum + lag.endOffset - lag.beginOffset,
    0,
  );
  await until(() => found.flat().length === total);
  await subscription.stop();
  return found.flat();
}

/** Polls until it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await untilHolds('the condition holds', holds);
}
