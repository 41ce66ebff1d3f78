/** The whole service on a database of its own: touchpoints go in by the log, everything else by HTTP, as outside. */
import { createHash } from 'node:crypto';
import {
  type AcceptedTouchpoint,
  type Identifier,
  type RejectedItem,
  type Touchpoint,
  topics,
  type KeyKind,
} from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createConsumerPool, createPool, type PoolOptions } from '@throughline/postgres';
import { createLogger } from '@throughline/runtime';
import { createTestDatabase, until } from '@throughline/testkit';
import type { Pool } from 'pg';
import { createIdentifierIds, type IdentifierIds } from '../../src/identifier-id.ts';
import { startIdentityService } from '../../src/start.ts';

const identitySecret = 'a-secret-for-tests-only-0123456789';
export const keys: Record<KeyKind, string> = {
  write: 'wk_0123456789abcdef0123456789abcdef',
  server: 'sk_0123456789abcdef0123456789abcdef',
  read: 'rk_0123456789abcdef0123456789abcdef',
  admin: 'ak_0123456789abcdef0123456789abcdef',
};

export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  body: any;
}

export interface CallOptions {
  key?: KeyKind | null;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface HttpHarness {
  url: string;
  pool: Pool;
  ids: IdentifierIds;
  /** Lines of the log, as text. */
  lines: string[];
  /** `key: null` sends none. Default: the admin key. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** GET of `/v1/profiles/{ref}` and what follows, with the reference encoded. */
  profile(ref: string, rest?: string): Promise<Answer>;
  /** Resolves when they are in the log: as far as they are when ingest answers. */
  append(touchpoints: readonly AcceptedTouchpoint[]): Promise<void>;
  /** Resolves when they are all in, as the API itself says. */
  send(touchpoints: readonly AcceptedTouchpoint[]): Promise<void>;
  reject(items: readonly RejectedItem[]): Promise<void>;
  appendTo(topic: string, records: readonly object[]): Promise<void>;
  /** All records of a topic from now on are added to what is given back. */
  follow(topic: string): Promise<string[]>;
  close(): Promise<void>;
}

/** @param given where dry runs ask for figures, and erasures for copies; by default nothing answers there */
export async function startHttpHarness({
  metricsUrl = 'http://127.0.0.1:9',
  ingestUrl = 'http://127.0.0.1:9',
} = {}): Promise<HttpHarness> {
  const database = await createTestDatabase();
  const lines: string[] = [];
  const logger = createLogger({
    service: 'identity',
    level: 'debug',
    destination: { write: (line) => void lines.push(line) },
  });
  const connect = (options: Pick<PoolOptions, 'pipeline' | 'statementTimeoutMs'>): Pool =>
    createPool({
      connectionString: database.connectionString,
      applicationName: 'identity-http-test',
      ...options,
      onError: () => {},
    });
  const pool = connect({});
  const consumerPool = createConsumerPool({
    connectionString: database.connectionString,
    applicationName: 'identity-http-test-consumer',
    onError: () => {},
  });
  const log: EventLog = createPostgresEventLog({ pool, instanceId: 'http-test', logger, pollMs: 50 });
  const service = await startIdentityService({
    config: {
      allowNonDurableDatabase: true,
      identitySecret,
      keys,
      listen: { host: '127.0.0.1', port: 0, isLoopback: true },
      stallSeconds: 60,
      rejectedRetentionDays: 90,
      publishedTraits: [],
      metricsUrl,
      ingestUrl,
      phoneRegion: 'DE',
      blockedIdentifiers: { block: { email: ['desk@blocked.example'] } },
    },
    logger,
    resources: { pool, apiPool: connect({ pipeline: true, statementTimeoutMs: 5_000 }), consumerPool, log },
  });
  const harness: HttpHarness = {
    url: service.url,
    pool,
    ids: createIdentifierIds(identitySecret),
    lines,
    async call(method, path, { key = 'admin', body, headers: given = {} } = {}) {
      const headers: Record<string, string> = { ...given };
      if (key !== null) headers['authorization'] = `Bearer ${keys[key]}`;
      if (body !== undefined) headers['content-type'] = 'application/json';
      const response = await fetch(`${service.url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : (JSON.parse(text) as unknown),
      };
    },
    profile: (ref, rest = '') =>
      harness.call('GET', `/v1/profiles/${encodeURIComponent(ref)}${rest}`, { key: 'read' }),
    async append(touchpoints) {
      await log.append(
        touchpoints.map((accepted) => ({
          topic: topics.touchpoints,
          key: accepted.touchpoint.id,
          value: JSON.stringify(accepted),
        })),
      );
    },
    async send(touchpoints) {
      await harness.append(touchpoints);
      await poll(async () => {
        const { body } = await harness.call('GET', '/v1/touchpoints/nothing-has-this-id');
        return body.freshness.pendingRecords === 0;
      });
    },
    async reject(items) {
      await log.append(
        items.map((item) => ({ topic: topics.rejected, key: item.rejectionId, value: JSON.stringify(item) })),
      );
      await poll(async () => {
        const { rowCount } = await pool.query(
          'select from identity.rejection where rejection_id = any($1::uuid[])',
          [items.map((item) => item.rejectionId)],
        );
        return rowCount === items.length;
      });
    },
    async appendTo(topic, records) {
      await log.append(records.map((record) => ({ topic, key: 'k', value: JSON.stringify(record) })));
    },
    async follow(topic) {
      const values: string[] = [];
      await log.subscribe({
        group: 'test',
        topics: [topic],
        loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
        handle: ({ records }) => {
          values.push(...records.map(({ value }) => value));
          return Promise.resolve();
        },
        onProblem: () => {},
      });
      return values;
    },
    async close() {
      await service.stop();
      await database.drop();
    },
  };
  return harness;
}

export async function poll(isDone: () => Promise<boolean>): Promise<void> {
  await until('the condition holds', isDone);
}

let serial = 0;

/** An accepted touchpoint; what is not said is filled in, and the body hash follows from the rest. */
export function touchpoint(
  identifiers: Identifier[],
  over: Partial<Touchpoint> & { trust?: 'server' | 'public'; requestId?: string } = {},
): AcceptedTouchpoint {
  const { trust = 'server', requestId = 'req_test', ...rest } = over;
  const at = rest.occurredAt ?? '2026-03-01T10:00:00.000Z';
  const whole: Touchpoint = {
    id: `touchpoint-${(serial += 1)}`,
    source: trust === 'server' ? 'server' : 'website',
    type: 'track',
    name: 'Product Viewed',
    occurredAt: at,
    receivedAt: at,
    identifiers,
    ...rest,
  };
  const bodyHash = createHash('sha256').update(JSON.stringify(whole)).digest('base64url');
  return { touchpoint: whole, trust, bodyHash, requestId };
}

export function user(value: string): Identifier {
  return { type: 'user_id', value };
}
