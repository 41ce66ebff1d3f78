/**
 * The second ceiling: the least SQL that could do the job for the same rows, with no log, no parsing, no resolution and
 * no guards, in batches of 1,000 by unnest. What the whole way costs more is the price of the laws.
 */
import { once } from 'node:events';
import { createPool } from '@throughline/postgres';
import { type BenchTouchpoint, createWorkload, jsonOf, type StreamRef } from './workload.ts';

export interface ChainJob {
  connectionString: string;
  stream: StreamRef;
  connections: number;
}

export interface ChainResult {
  seconds: number;
  /** Of this process, while rows were written. */
  cpuSeconds: number;
}

const batchRows = 1_000;

const schema = `
  drop schema if exists bare_chain cascade;
  create schema bare_chain;
  create table bare_chain.identifier (value text primary key, first_seen timestamptz not null);
  create table bare_chain.touchpoint (
    id text primary key, identifier text not null, occurred_at timestamptz not null, body jsonb not null);
  create index on bare_chain.touchpoint (identifier, occurred_at);
  create table bare_chain.profile (id text primary key, touchpoints bigint not null, last_seen timestamptz not null);
  create table bare_chain.fact (identifier text not null, day date not null, touchpoint text not null,
    primary key (identifier, day, touchpoint));
  create table bare_chain.counter (day date not null, figure text not null, amount bigint not null,
    primary key (day, figure));`;

const insertIdentifiers = `
  insert into bare_chain.identifier select * from unnest($1::text[], $2::timestamptz[]) on conflict do nothing`;
const insertTouchpoints = `
  insert into bare_chain.touchpoint
  select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::jsonb[]) on conflict do nothing`;
const upsertProfiles = `
  insert into bare_chain.profile as p select * from unnest($1::text[], $2::bigint[], $3::timestamptz[])
  on conflict (id) do update set touchpoints = p.touchpoints + excluded.touchpoints,
    last_seen = greatest(p.last_seen, excluded.last_seen)`;
const insertFacts = `
  insert into bare_chain.fact select * from unnest($1::text[], $2::date[], $3::text[]) on conflict do nothing`;
const upsertCounters = `
  insert into bare_chain.counter as c select * from unnest($1::date[], $2::text[], $3::bigint[])
  on conflict (day, figure) do update set amount = c.amount + excluded.amount`;

interface Row extends BenchTouchpoint {
  identifier: string;
  time: string;
}

async function run(
  { connectionString, stream, connections }: ChainJob,
  report: (result: ChainResult) => void,
): Promise<void> {
  const pool = createPool({
    connectionString,
    applicationName: 'bench.bare_chain',
    max: connections,
    onError: () => {},
  });
  await pool.query(schema);
  const workload = createWorkload(stream);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let from = next; from < stream.touchpoints; from = next) {
      next += batchRows;
      const rows = Array.from({ length: Math.min(batchRows, stream.touchpoints - from) }, (_, index): Row => {
        const touchpoint = workload.touchpoint(from + index);
        return {
          ...touchpoint,
          identifier: touchpoint.userId ?? touchpoint.anonymousId ?? '',
          time: new Date(touchpoint.at).toISOString(),
        };
      });
      await saveBatch(pool, rows);
    }
  };
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  // While the connections are open: not every kernel reports the usage of processes that have ended.
  report({ seconds, cpuSeconds: (user + system) / 1e6 });
  await once(process, 'message');
  await pool.query('drop schema bare_chain cascade');
  await pool.end();
}

async function saveBatch(pool: ReturnType<typeof createPool>, unsorted: Row[]): Promise<void> {
  const rows = unsorted.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1));
  const identifiers = new Map<string, string>();
  const profiles = new Map<string, { touchpoints: number; lastSeen: string }>();
  const counters = new Map<string, number>();
  for (const row of rows) {
    for (const value of [row.userId, row.anonymousId, row.email, row.orderId]) {
      if (value !== null) identifiers.set(value, row.time);
    }
    const profile = profiles.get(row.identifier);
    if (profile) profile.touchpoints += 1;
    else profiles.set(row.identifier, { touchpoints: 1, lastSeen: row.time });
    const counter = `${row.time.slice(0, 10)} ${row.event ?? row.type}`;
    counters.set(counter, (counters.get(counter) ?? 0) + 1);
  }
  const sortedIdentifiers = [...identifiers].toSorted(byKey);
  const sortedProfiles = [...profiles].toSorted(byKey);
  const sortedCounters = [...counters].toSorted(byKey);
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query({
      name: 'identifiers',
      text: insertIdentifiers,
      values: [sortedIdentifiers.map(([value]) => value), sortedIdentifiers.map(([, time]) => time)],
    });
    await client.query({
      name: 'touchpoints',
      text: insertTouchpoints,
      values: [
        rows.map((row) => row.messageId),
        rows.map((row) => row.identifier),
        rows.map((row) => row.time),
        rows.map(jsonOf),
      ],
    });
    await client.query({
      name: 'profiles',
      text: upsertProfiles,
      values: [
        sortedProfiles.map(([id]) => id),
        sortedProfiles.map(([, { touchpoints }]) => touchpoints),
        sortedProfiles.map(([, { lastSeen }]) => lastSeen),
      ],
    });
    await client.query({
      name: 'facts',
      text: insertFacts,
      values: [
        rows.map((row) => row.identifier),
        rows.map((row) => row.time.slice(0, 10)),
        rows.map((row) => row.messageId),
      ],
    });
    await client.query({
      name: 'counters',
      text: upsertCounters,
      values: [
        sortedCounters.map(([key]) => key.slice(0, 10)),
        sortedCounters.map(([key]) => key.slice(11)),
        sortedCounters.map(([, amount]) => amount),
      ],
    });
    await client.query('commit');
  } finally {
    client.release();
  }
}

function byKey<T>([a]: [string, T], [b]: [string, T]): number {
  return a < b ? -1 : 1;
}

process.once('message', (job: ChainJob) => {
  void run(job, (result) => process.send?.({ result })).then(
    () => process.exit(0),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});
