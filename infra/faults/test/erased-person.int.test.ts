/**
 * Canaries of one person in every place that may hold a person's data, an erasure, and a search for them in all rows of the database,
 * in the logs of the three services and, once their retention has passed, in the topics.
 */
import { zstdDecompressSync } from 'node:zlib';
import { topics } from '@throughline/contracts';
import { createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool, silentLog } from '@throughline/postgres';
import { type StartedServices, startServices, until } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askService } from './ask-service.ts';

/** In everything that says who the person is or what it did. A telephone number has no letters. */
const canary = /canary|305550142/i;
/** In the ids of its touchpoints, which the logs may name. */
const touchpointId = /tp5d1c/i;

const person = {
  userId: 'canary-user',
  anonymousId: 'canary-cookie',
  context: {
    traits: { email: 'canary@example.org', phone: '+49 30 5550142', loyaltyId: 'canary-card' },
  },
};
const ref = `user_id:${person.userId}`;
const old = '2026-03-01T10:00:00.000Z';

const lines: string[] = [];
let services: StartedServices;
let pool: Pool;
let log: EventLog;

beforeAll(async () => {
  services = await startServices({
    environment: { LOG_LEVEL: 'debug' },
    onLine: (line) => void lines.push(line),
  });
  pool = createPool({
    connectionString: services.connectionString,
    applicationName: 'test',
    onError: () => {},
  });
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silentLog });
});
afterAll(async () => {
  await log.close();
  await pool.end();
  await services.stop();
});

test('nothing of an erased person is left in any row or log line, and after their retention in no topic', async () => {
  await plantTouchpoints();
  await plantRulings();
  await plantCopies();
  await pool.query('analyze');
  expect(await findPlaces(canary)).toEqual(expect.arrayContaining(placesOfCanaries));
  expect(await findPlaces(touchpointId)).toEqual(expect.arrayContaining(placesOfIds));
  expect(await exported()).toMatch(canary);

  const { id } = await call('identity', 'GET', `/v1/profiles/${ref}`);
  const erasure = await call('identity', 'DELETE', `/v1/profiles/${id}?includePublic=true`);
  let confirmed: Answer = erasure;
  await poll(async () => {
    confirmed = await call('identity', 'GET', `/v1/erasures/${erasure.id}`);
    return confirmed.state === 'done' && confirmed.metrics?.state === 'done';
  });
  expect(confirmed.metrics?.facts).toBeGreaterThanOrEqual(3);
  expect(confirmed.metrics?.deadLetters).toBe(1);
  // What comes late is treated alike: a copy, and a touchpoint of then that was never seen.
  await send('server', [purchase('tp5d1c-2'), purchase('tp5d1c-late')]);
  await untilAllIsConsumed();
  // As the database does by itself, in time.
  await pool.query('analyze');

  expect(outsideOfTheLog(await findPlaces(canary))).toEqual([]);
  expect(outsideOfTheLog(await findPlaces(touchpointId))).toEqual([]);
  expect(lines.filter((line) => canary.test(line))).toEqual([]);
  // Of the other person only what names the erased one has gone.
  expect(await call('identity', 'GET', '/v1/profiles/user_id:bystander')).toMatchObject({
    touchpointCount: 1,
  });

  await services.end();
  await dropTopics();
  expect(await findPlaces(canary)).toEqual([]);
  expect(await findPlaces(touchpointId)).toEqual([]);
});

/** Tables that hold them before the erasure. */
const placesOfIds = [
  'identity.link',
  'identity.rejection',
  'identity.touchpoint',
  'identity.withdrawal',
  'metrics.fact',
];
const placesOfCanaries = [
  'event_log.batch',
  'identity.decision',
  'identity.dead_letter',
  'identity.identifier',
  'identity.ruleset',
  'identity.touchpoint_block',
  'identity.trait',
  'identity.withdrawal',
  'ingest.dead_letter',
  'ingest.rejected_touchpoint',
  'metrics.dead_letter',
  'metrics.fact',
  'pg_stats of identity.identifier',
];

function purchase(id: string, properties: object = {}): object {
  const order = { order_id: 'canary-order', total: 10, currency: 'EUR', coupon: 'canary-coupon' };
  const content = { event: 'Order Completed', properties: { ...order, ...properties } };
  return { type: 'track', id, ...person, ...content, timestamp: old };
}

async function plantTouchpoints(): Promise<void> {
  await send('server', [
    {
      type: 'identify',
      id: 'tp5d1c-1',
      ...person,
      traits: { nickname: 'canary-nickname', plan: 'canary-plan' },
      timestamp: old,
    },
    purchase('tp5d1c-2'),
    {
      type: 'feedback',
      id: 'tp5d1c-3',
      ...person,
      properties: { comment: 'canary-comment' },
      timestamp: old,
    },
  ]);
  await send('write', [
    { type: 'page', id: 'tp5d1c-4', anonymousId: person.anonymousId, name: 'canary-page', timestamp: old },
    // Of another person, who names the erased one.
    {
      type: 'track',
      id: 'of-bystander',
      event: 'Gift Sent',
      userId: 'bystander',
      context: { traits: { email: person.context.traits.email } },
      traits: { friend: person.context.traits.email },
      timestamp: old,
    },
  ]);
  await untilAllIsConsumed();
}

/** Decisions and withdrawals have notes. */
async function plantRulings(): Promise<void> {
  const refs = [ref, 'loyalty_id:canary-card'];
  await call('identity', 'POST', '/v1/identity/decisions', { kind: 'merge', refs, note: 'canary-note' });
  const note = 'canary-note';
  for (const evidence of [
    { source: 'website', link: [ref, `anonymous_id:${person.anonymousId}`], note },
    { source: 'server', touchpoint: 'tp5d1c-3', note },
  ]) {
    await call('identity', 'POST', '/v1/identity/withdrawals', evidence);
    await poll(async () => {
      const { rows } = await pool.query<{ state: string }>(
        'select state from identity.ruleset order by version',
      );
      return rows.at(-1)?.state === 'in_force';
    });
  }
}

/** Rejected items, a conflict, and dead letters of every consumer. */
async function plantCopies(): Promise<void> {
  await send('server', [
    { ...purchase('tp5d1c-rejected'), timestamp: 'canary-yesterday' },
    purchase('tp5d1c-2', { coupon: 'canary-other-coupon' }),
  ]);
  const { rows } = await pool.query<{ key: string }>('select key from identity.touchpoint where id = $1', [
    'tp5d1c-2',
  ]);
  const [{ key } = { key: '' }] = rows;
  const unreadable = { touchpoint: { key, userId: person.userId }, of: person.userId };
  for (const topic of [topics.touchpoints, topics.rejected, topics.resolved])
    await log.append([{ topic, key: 'k', value: JSON.stringify(unreadable) }]);
  await untilAllIsConsumed();
}

async function send(kind: 'server' | 'write', items: readonly object[]): Promise<void> {
  const response = await fetch(`${services.urls.ingest}/v1/touchpoints`, {
    method: 'POST',
    headers: { authorization: `Bearer ${services.keys[kind]}`, 'content-type': 'application/json' },
    body: JSON.stringify(items),
  });
  expect(response.status).toBe(200);
}

interface Answer {
  id: string;
  /** Of an erasure. */
  state: string;
  metrics?: { state: string; facts: number; deadLetters: number };
}

const call = (service: 'identity' | 'metrics', method: string, path: string, body?: object) =>
  askService<Answer>(services, { service, path, method, body });

async function exported(): Promise<string> {
  const response = await fetch(`${services.urls.identity}/v1/profiles/${ref}/export`, {
    headers: { authorization: `Bearer ${services.keys.admin}` },
  });
  return await response.text();
}

/** Every group has reported to be past every record. */
async function untilAllIsConsumed(): Promise<void> {
  await poll(async () => {
    const { rows } = await pool.query(
      `select p.group_name, h.topic, h.partition from event_log.partition_head h
       join event_log.group_position p on p.topic = h.topic and p.partition = h.partition
       where coalesce(p.next_offset, 0) < h.next_offset`,
    );
    return rows.length === 0;
  });
}

/** As the retention does once a day, for all that there is. */
async function dropTopics(): Promise<void> {
  const later = createPostgresEventLog({ pool, instanceId: 'later', logger: silentLog, retentionDays: -2 });
  await later.ensureTopics([{ name: topics.resolved, partitions: 1 }]);
  await later.close();
}

function outsideOfTheLog(places: readonly string[]): string[] {
  return places.filter((place) => place !== 'event_log.batch');
}

/** Tables with a row that matches, what is compressed in them included, and the samples of values that the planner keeps. */
async function findPlaces(pattern: RegExp): Promise<string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(50);
  const places: string[] = await findSamples(pattern);
  for (const { name } of tables) {
    const { rows } = await pool.query<Record<string, unknown>>(`select * from ${name}`);
    if (rows.some((row) => Object.values(row).some((value) => pattern.test(textOf(value)))))
      places.push(name);
  }
  return places;
}

/** A table that is empty keeps those that it had: there is nothing to take others of. */
async function findSamples({ source }: RegExp): Promise<string[]> {
  const { rows } = await pool.query<{ place: string }>(
    `select distinct 'pg_stats of ' || schemaname || '.' || tablename as place from pg_stats
     join pg_class c on c.oid = format('%I.%I', schemaname, tablename)::regclass and c.reltuples > 0
     where schemaname !~ '^(pg_|information_schema)'
       and concat(most_common_vals::text, histogram_bounds::text) ~* $1`,
    [source],
  );
  return rows.map(({ place }) => place);
}

function textOf(value: unknown): string {
  if (!Buffer.isBuffer(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const frame = value.indexOf(Buffer.from('28b52ffd', 'hex'));
  // Payloads say in a byte before it how they are compressed.
  return (frame === 0 || frame === 1 ? zstdDecompressSync(value.subarray(frame)) : value).toString('utf8');
}

async function poll(isDone: () => Promise<boolean>): Promise<void> {
  await until('the condition holds', isDone);
}
