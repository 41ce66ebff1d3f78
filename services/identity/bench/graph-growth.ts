/**
 * What a touchpoint costs, and how fast profiles are read, explained and found, as the graph grows; what a kiosk that meets visitor after
 * visitor costs beside telephones that meet one each; and what other people cost beside an attack. Each size continues from what is
 * stored, so that a long run can be made in parts.
 *
 * What was measured is in infra/docs/performance.md.
 *
 * `DATABASE_URL=… node services/identity/bench/graph-growth.ts [identifiers, such as 10000,100000,1000000]`
 * `DATABASE_URL=… node services/identity/bench/graph-growth.ts kiosk [visitors, 100000 by default]`
 * `DATABASE_URL=… node services/identity/bench/graph-growth.ts attack [neighbours of the hub, 100000 by default]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AcceptedTouchpoint, Identifier, Trust } from '@throughline/contracts';
import { openBench } from './open-bench.ts';
import { readTimes, startReading } from './read-times.ts';

const batchSize = 1_000;
const identifiersPerCustomer = 3;
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

function accepted(
  identifiers: Identifier[],
  over: Partial<Pick<AcceptedTouchpoint['touchpoint'], 'traits'>> & { trust?: Trust } = {},
): AcceptedTouchpoint {
  const { trust = 'server', ...stated } = over;
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
      ...stated,
    },
    trust,
    bodyHash: `hash-${serial}`.padEnd(43, '0'),
    requestId: 'bench',
  };
}

const user = (index: number): Identifier => ({ type: 'user_id', value: `customer-${index}` });
const email = (index: number): Identifier => ({ type: 'email', value: `customer-${index}@example.org` });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const device = (value: string): Identifier => ({ type: 'device_id', value });
/** Every tenth says what it is called. */
const newCustomer = (index: number): AcceptedTouchpoint =>
  accepted(
    [user(index), email(index), cookie(`cookie-${index}`)],
    index % 10 === 0 ? { traits: { name: `Person ${index}` } } : {},
  );

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

const refOf = (customers: number): string => `user_id:customer-${drawn(customers)}`;

/** What people who look customers up ask for. */
const questions: Record<string, (customers: number) => string> = {
  'a profile': (customers) => `/v1/profiles/${refOf(customers)}`,
  'a timeline': (customers) => `/v1/profiles/${refOf(customers)}/touchpoints`,
  'an explanation': (customers) => `/v1/profiles/${refOf(customers)}/explain`,
  'why two are two': (customers) => {
    const one = drawn(customers);
    return `/v1/profiles/user_id:customer-${one}/explain?and=user_id:customer-${(one + 1) % customers}`;
  },
  'a history': (customers) => `/v1/profiles/${refOf(customers)}/history`,
  'a search by name': (customers) => `/v1/profiles?query=person%20${10 * drawn(Math.ceil(customers / 10))}`,
  'a search by address': (customers) => `/v1/profiles?query=customer-${drawn(customers)}@`,
  'a search that finds too many': () => '/v1/profiles?query=cu',
};

async function readCustomers(customers: number): Promise<void> {
  const reading = await startReading();
  for (const [question, pathOf] of Object.entries(questions)) {
    const count = question === 'a profile' ? 1_000 : 300;
    const next = (): string => pathOf(customers);
    await readTimes(reading.url, next, 100);
    console.log(`  ${question}, idle: ${await readTimes(reading.url, next, count)}`);
    const loaded = await underHalfLoad(customers, () => readTimes(reading.url, next, count));
    console.log(`  ${question}, under half load: ${loaded}`);
  }
  await reading.stop();
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
  await readCustomers(customers);
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
  const met = await pool.query<{ value: string }>(
    `select value from identity.identifier where type = 'user_id' and starts_with(value, 'visitor-') limit 1`,
  );
  const other = met.rows[0]?.value ?? '';
  const reading = await startReading();
  for (const rest of [
    '',
    '/touchpoints',
    '/links',
    '/explain',
    `/explain?and=user_id:${other}`,
    '/history',
  ]) {
    const times = await readTimes(reading.url, () => `/v1/profiles/device_id:kiosk${rest}`, 100);
    console.log(`  the kiosk's profile${rest}: ${times}`);
  }
  await reading.stop();
}

/** Batches of people who have nothing to do with the attack, and the same with a tenth more that is the attack's. */
async function measureAttack(neighbours: number): Promise<void> {
  const hub: Identifier = { type: 'email', value: 'hub@example.org' };
  const phone = (): Identifier => ({ type: 'phone', value: `+49${10_000_000_000 + serial}` });
  const link = (step: number): Identifier => ({ type: 'email', value: `chain-${step}@example.org` });
  const atHub = () => accepted([hub, phone()]);
  const atCookie = () =>
    accepted([cookie('names-many'), { type: 'user_id', value: `named-${serial}` }], { trust: 'public' });
  const atChain = () => accepted([link(drawn(2_000)), link(2_000 + serial)], { trust: 'public' });
  await fill(Array.from({ length: neighbours }, atHub), batchSize);
  await fill(Array.from({ length: neighbours / 2 }, atCookie), batchSize);
  const chain = Array.from({ length: 2_000 }, (_, step) =>
    accepted([link(step), link(step + 1)], { trust: 'public' }),
  );
  await fill(chain, batchSize);
  const others = () =>
    Array.from({ length: 200 }, () =>
      accepted([{ type: 'user_id', value: `other-${serial}` }, cookie(`other-${serial}`)]),
    );
  const attack = () => Array.from({ length: 20 }, (_, n) => [atHub, atCookie, atChain][n % 3]?.() ?? atHub());
  console.log(
    `\na hub of ${neighbours} telephones, a cookie of half as many customers, a chain of 2000 addresses`,
  );
  for (let turn = 0; turn < 3; turn += 1) {
    console.log(`  others alone:            ${await batchTimes(others)}`);
    console.log(`  others, and the attack:  ${await batchTimes(() => [...others(), ...attack()])}`);
  }
}

async function batchTimes(make: () => AcceptedTouchpoint[]): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const touchpoints = make();
    const begun = performance.now();
    await fill(touchpoints, touchpoints.length);
    times.push(performance.now() - begun);
  }
  times.sort((left, right) => left - right);
  return `a batch of 200 in ${(times[15] ?? 0).toFixed(0)} ms (p50), ${(times[28] ?? 0).toFixed(0)} ms (second slowest of 30)`;
}

if (what === 'kiosk') await measureKiosk(Number(most));
else if (what === 'attack') await measureAttack(Number(most));
else for (const size of what.split(',').map(Number)) await growTo(size);
await pool.end();
