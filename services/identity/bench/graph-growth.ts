/**
 * What a touchpoint costs, and how fast a profile is read, as the graph grows; and what a kiosk that meets visitor after visitor costs
 * beside telephones that meet one each. Each size continues from what is stored, so that a long run can be made in parts.
 *
 * What was measured is in infra/docs/performance.md.
 *
 * `DATABASE_URL=… node services/identity/bench/graph-growth.ts [identifiers, such as 10000,100000,1000000]`
 * `DATABASE_URL=… node services/identity/bench/graph-growth.ts kiosk [visitors, 100000 by default]`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AcceptedTouchpoint, Identifier } from '@throughline/contracts';
import { benchSecret, openBench } from './open-bench.ts';

const batchSize = 1_000;
const identifiersPerCustomer = 3;
const readKey = 'rk_bench_0123456789abcdef0123456789abcdef';
const [what = '10000,100000,1000000', most = '100000'] = process.argv.slice(2);

const bench = await openBench('graph-growth', { isKept: true });
const { pool, consume, fill, postgresCpuMs } = bench;
const { rows: stored } = await pool.query<{ touchpoints: number; identifiers: number }>(
  `select (select count(*) from identity.touchpoint)::integer as touchpoints,
     (select count(*) from identity.identifier)::integer as identifiers`,
);
let serial = stored[0]?.touchpoints ?? 0;
let seed = serial;

/** Below `count`; the same in every run that begins with the same store. */
function drawn(count: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed % count;
}

function accepted(identifiers: Identifier[]): AcceptedTouchpoint {
  serial += 1;
  const at = new Date(Date.UTC(2026, 0, 1) + serial * 10).toISOString();
  return {
    touchpoint: {
      id: `t${serial}`,
      source: 'bench',
      type: 'page',
      name: 'Home',
      occurredAt: at,
      receivedAt: at,
      identifiers,
    },
    trust: 'server',
    bodyHash: `hash-${serial}`.padEnd(43, '0'),
    requestId: 'bench',
  };
}

const user = (index: number): Identifier => ({ type: 'user_id', value: `customer-${index}` });
const email = (index: number): Identifier => ({ type: 'email', value: `customer-${index}@example.org` });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const device = (value: string): Identifier => ({ type: 'device_id', value });
const newCustomer = (index: number): AcceptedTouchpoint =>
  accepted([user(index), email(index), cookie(`cookie-${index}`)]);

/** Page views, sign-ins, further browsers and new customers; a tenth of what is stored becomes no larger by it. */
function traffic(customers: number, count: number): AcceptedTouchpoint[] {
  return Array.from({ length: count }, () => {
    const index = drawn(customers);
    const kind = drawn(10);
    if (kind < 5) return accepted([cookie(`cookie-${index}`)]);
    if (kind < 7) return accepted([user(index), cookie(`cookie-${index}`)]);
    if (kind < 8) return accepted([user(index), cookie(`browser-${serial}`)]);
    return accepted([
      { type: 'user_id', value: `late-${serial}` },
      { type: 'email', value: `late-${serial}@example.org` },
      cookie(`late-${serial}`),
    ]);
  });
}

interface Cost {
  nodeUs: number;
  postgresUs: number;
}

async function measure(touchpoints: readonly AcceptedTouchpoint[]): Promise<Cost> {
  const postgresBefore = await postgresCpuMs();
  const before = process.cpuUsage();
  await fill(touchpoints, batchSize);
  const { user: own, system } = process.cpuUsage(before);
  const postgres = (await postgresCpuMs()) - postgresBefore;
  return { nodeUs: (own + system) / touchpoints.length, postgresUs: (postgres * 1_000) / touchpoints.length };
}

function costText({ nodeUs, postgresUs }: Cost): string {
  const [node, postgres, together] = [nodeUs, postgresUs, nodeUs + postgresUs].map((us) => us.toFixed(0));
  return `node ${node} µs + postgres ${postgres} µs = ${together} µs a touchpoint`;
}

/** The service itself, for reading. */
async function startReading(): Promise<{ url: string; stop(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, '../src/main.ts'), {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: process.env['DATABASE_URL'],
      THROUGHLINE_IDENTITY_PORT: '0',
      THROUGHLINE_IDENTITY_SECRET: benchSecret,
      THROUGHLINE_READ_KEY: readKey,
      THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`identity ended with ${code}`)));
    lines.on('line', (line) => {
      const { event, url: address } = JSON.parse(line) as { event?: string; url?: string };
      if (event === 'service.started' && address !== undefined) resolve(address);
    });
  });
  return {
    url,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function readTimes(url: string, customers: number, count: number): Promise<string> {
  const times: number[] = [];
  for (let read = 0; read < count; read += 1) {
    const begun = performance.now();
    const path = `/v1/profiles/user_id:customer-${drawn(customers)}`;
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${readKey}` } });
    await response.text();
    if (response.status !== 200) throw new Error(`a profile was answered ${response.status}`);
    times.push(performance.now() - begun);
  }
  times.sort((left, right) => left - right);
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => times[Math.floor(count * share)] ?? 0);
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}

/** Consumes half of the time. */
async function underHalfLoad<T>(customers: number, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const loading = (async () => {
    while (!done.signal.aborted) {
      const begun = performance.now();
      await consume(traffic(customers, 200));
      await pause(performance.now() - begun);
    }
  })();
  const result = await work();
  done.abort();
  await loading;
  return result;
}

async function growTo(size: number): Promise<void> {
  const customers = Math.ceil(size / identifiersPerCustomer);
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from identity.identifier where type = 'user_id' and starts_with(value, 'customer-')`,
  );
  const begun = performance.now();
  let customer = rows[0]?.count ?? 0;
  while (customer < customers) {
    const end = Math.min(customers, customer + batchSize);
    await consume(Array.from({ length: end - customer }, (_, index) => newCustomer(customer + index)));
    customer = end;
  }
  console.log(`\n${size} identifiers (filled in ${((performance.now() - begun) / 1_000).toFixed(0)} s)`);
  await pool.query('analyze identity.identifier, identity.link, identity.touchpoint');
  // What is not compiled or cached yet costs more than what is measured.
  await fill(traffic(customers, 2 * batchSize), batchSize);
  console.log(`  ${costText(await measure(traffic(customers, 8 * batchSize)))}`);
  const reading = await startReading();
  await readTimes(reading.url, customers, 300);
  console.log(`  a profile, idle: ${await readTimes(reading.url, customers, 1_000)}`);
  const loaded = await underHalfLoad(customers, () => readTimes(reading.url, customers, 1_000));
  console.log(`  a profile, under half load: ${loaded}`);
  await reading.stop();
}

async function measureKiosk(visitors: number): Promise<void> {
  const kiosk = device('kiosk');
  const visitor = (): Identifier => ({ type: 'user_id', value: `visitor-${serial}` });
  const atKiosk = (count: number) => Array.from({ length: count }, () => accepted([visitor(), kiosk]));
  const atPhones = (count: number) =>
    Array.from({ length: count }, () => accepted([visitor(), device(`phone-${serial}`)]));
  const countMet = async (): Promise<number> => {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::integer as count from identity.link l join identity.identifier i on i.id = l.weaker
       where i.type = 'device_id' and i.value = 'kiosk'`,
    );
    return rows[0]?.count ?? 0;
  };
  while ((await countMet()) < visitors) await fill(atKiosk(batchSize), batchSize);
  console.log(
    `\na kiosk that has met ${await countMet()} visitors, and telephones that meet one each, in turns`,
  );
  for (let turn = 0; turn < 3; turn += 1) {
    console.log(`  the kiosk:  ${costText(await measure(atKiosk(4 * batchSize)))}`);
    console.log(`  telephones: ${costText(await measure(atPhones(4 * batchSize)))}`);
  }
}

if (what === 'kiosk') await measureKiosk(Number(most));
else for (const size of what.split(',').map(Number)) await growTo(size);
await pool.end();
