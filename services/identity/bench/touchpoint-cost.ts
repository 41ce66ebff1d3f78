/**
 * What one touchpoint costs, whatever is stored: CPU of this process and of its Postgres backend, for a first touchpoint and
 * beside hubs, crowds and components past the bound. Each case is filled in growing steps, and the most expensive of a few
 * further touchpoints is printed, since the bound is on every one of them.
 * `DATABASE_URL=… node services/identity/bench/touchpoint-cost.ts [size of the hubs, 100000 by default]`
 */
import type { AcceptedTouchpoint, Identifier, Trust } from '@throughline/contracts';
import { defaultLimits } from '../src/core/identifier-state.ts';
import { openBench } from './open-bench.ts';

const hubSize = Number(process.argv[2] ?? 100_000);
const { pool, consume, fill, postgresCpuMs } = await openBench('touchpoint-cost');

let serial = 0;

function accepted(trust: Trust, identifiers: Identifier[]): AcceptedTouchpoint {
  serial += 1;
  const at = new Date(Date.UTC(2026, 0, 1) + serial * 10).toISOString();
  const base = { id: `t${serial}`, source: 'bench', type: 'page' as const, name: 'Home' };
  return {
    touchpoint: { ...base, occurredAt: at, receivedAt: at, identifiers },
    trust,
    bodyHash: `hash-${serial}`.padEnd(43, '0'),
    requestId: 'bench',
  };
}

const samples = 5;

/** The most expensive of a few, in ms of CPU of each process. */
async function measure(name: string, make: () => AcceptedTouchpoint, count = samples): Promise<void> {
  let node = 0;
  let postgres = 0;
  for (let sample = 0; sample < count; sample += 1) {
    const touchpoint = make();
    const postgresBefore = await postgresCpuMs();
    const before = process.cpuUsage();
    await consume([touchpoint]);
    const used = process.cpuUsage(before);
    node = Math.max(node, (used.user + used.system) / 1000);
    postgres = Math.max(postgres, (await postgresCpuMs()) - postgresBefore);
  }
  console.log(
    `${name.padEnd(76)} node ${node.toFixed(1).padStart(7)} ms   postgres ${postgres.toFixed(0).padStart(5)} ms`,
  );
}

const user = (value: string): Identifier => ({ type: 'user_id', value });
const email = (value: string): Identifier => ({ type: 'email', value: `${value}@example.org` });
const phone = (value: number): Identifier => ({ type: 'phone', value: `+49${value}` });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
let fresh = 0;
const next = (): number => 10_000_000 + (fresh += 1);

// What is not compiled yet costs more than what is measured.
await fill(
  upTo(300).map((index) => accepted('public', [user(`warm-${index}`), cookie(`warm-${index}`)])),
  20,
);
await measure('a first touchpoint', () => accepted('server', [user(`u${next()}`), email(`e${next()}`)]));
await measure('a first touchpoint of 20 identifiers', () =>
  accepted(
    'public',
    upTo(20).map(() => email(`many${next()}`)),
  ),
);

for (const size of [400, 500, 501, hubSize]) {
  const hub = email(`hub-${size}`);
  await fill(
    upTo(size).map((index) => accepted('server', [hub, phone(size * 1_000_000 + index)])),
    100,
  );
  await measure(`an e-mail address with ${size} telephones, by a server`, () =>
    accepted('server', [hub, phone(next())]),
  );
}
{
  const hub = cookie('shared');
  await fill(
    upTo(hubSize / 2).map((index) => accepted('public', [hub, user(`visitor-${index}`)])),
    200,
  );
  await measure(`a cookie that names ${hubSize / 2} customers`, () =>
    accepted('public', [hub, user(`v${next()}`)]),
  );
}
{
  const house = user('house');
  await fill(
    upTo(hubSize).map((index) => accepted('server', [house, cookie(`house-${index}`)])),
    200,
  );
  await measure(`a customer with ${hubSize} cookies`, () =>
    accepted('server', [house, cookie(`h${next()}`)]),
  );
  const both = [house, email('house')];
  await fill(
    upTo(hubSize / 10).map((index) => accepted('server', [...both, cookie(`seen-${index}`)])),
    100,
  );
  await measure(`… of which ${hubSize / 10} infer its e-mail address`, () =>
    accepted('server', [...both, cookie(`h${next()}`)]),
  );
}
{
  // Lines of a finite plane: no two touchpoints share a link.
  const side = 47;
  const line = (number: number): Identifier[] =>
    upTo(20).map((x) => email(`p${x * side + ((Math.floor(number / side) * x + number) % side)}`));
  await fill(
    upTo(770).map((number) => accepted('public', line(number))),
    20,
  );
  await measure('a component of 940 addresses and 146,300 public links', () =>
    accepted('public', [...line(771).slice(1), email(`l${next()}`)]),
  );
}
{
  await fill(
    upTo(2_000).map((index) => accepted('public', [email(`chain${index}`), email(`chain${index + 1}`)])),
    50,
  );
  await measure('a chain of 2,001 addresses, at its end', () =>
    accepted('public', [email('chain2000'), email(`n${next()}`)]),
  );
  await measure('… at its middle', () => accepted('public', [email('chain1000'), email(`n${next()}`)]));
}
{
  await fill(
    upTo(900).map((index) => accepted('server', [email(`short${index}`), email(`short${index + 1}`)])),
    50,
  );
  await measure('a chain of 901 addresses, within the bound, at its end', () =>
    accepted('server', [email('short900'), cookie(`n${next()}`)]),
  );
  await measure('… that grows', () => accepted('server', [email('short0'), phone(next())]));
}
const { boundPersons, boundLinks, attachedDegree, crowdDegree } = defaultLimits;

/** A component just within the bound: each address linked to the `reach` next ones. Returns one in its middle. */
async function fillComponent(trust: Trust, name: string, reach: number): Promise<Identifier> {
  const address = (step: number) => email(`${name}-${step}`);
  const size = boundPersons - 5;
  const pairs = upTo(size).flatMap((step) =>
    upTo(reach).map((distance): [number, number] => [step, step + distance + 1]),
  );
  const links = pairs.filter(([, end]) => end < size).slice(0, boundLinks - 20);
  await fill(
    links.map(([start, end]) => accepted(trust, [address(start), address(end)])),
    500,
  );
  return address(Math.floor(size / 2));
}

/** What names the prepared makes them one, so each sample has its own. */
async function measurePrepared(
  name: string,
  prepare: (sample: number) => Promise<AcceptedTouchpoint>,
): Promise<void> {
  const prepared: AcceptedTouchpoint[] = [];
  for (const sample of upTo(3)) prepared.push(await prepare(sample));
  await measure(name, () => prepared.pop() ?? accepted('public', []), prepared.length);
}

for (const trust of ['public', 'server'] as const) {
  for (const reach of [1, 4]) {
    const kind = `components at the bound, ${reach} links forward, ${trust}`;
    const prefix = `bound-${reach}-${trust}`;
    await measurePrepared(`one of each of 20 ${kind}`, async (sample) => {
      const named: Identifier[] = [];
      for (const index of upTo(20))
        named.push(await fillComponent(trust, `${prefix}-${sample}-${index}`, reach));
      return accepted(trust, named);
    });
    await measurePrepared(`one more address of one of the ${kind}`, async (sample) =>
      accepted(trust, [await fillComponent(trust, `${prefix}-one-${sample}`, reach), email(`o${next()}`)]),
    );
  }
}

const order = (value: string): Identifier => ({ type: 'order_id', value });

/** Attached identifiers, each with as many others as it may have. */
async function fillAttached(
  names: readonly Identifier[],
  count: number,
  other: (value: string) => Identifier,
): Promise<void> {
  for (const named of names) {
    const touchpoints = upTo(count).map((each) =>
      accepted('public', [named, other(`${named.value}-${each}`)]),
    );
    await fill(touchpoints, 200);
  }
}

await measurePrepared(`19 browsers with ${crowdDegree} orders each that sign in`, async (sample) => {
  const browsers = upTo(19).map((index) => cookie(`buyer-${sample}-${index}`));
  await fillAttached(browsers, crowdDegree, order);
  return accepted('public', [user(`buyer-${sample}`), ...browsers]);
});
await measurePrepared(`an address on 19 orders with ${attachedDegree} browsers each`, async (sample) => {
  const orders = upTo(19).map((index) => order(`seen-${sample}-${index}`));
  await fillAttached(orders, attachedDegree - 1, cookie);
  return accepted('public', [email(`buyer-${sample}`), ...orders]);
});
await measurePrepared(`an address that ${crowdDegree / 10} components at the bound leave`, async (sample) => {
  const hub = email(`leaving-${sample}`);
  for (const index of upTo(crowdDegree / 10)) {
    const end = await fillComponent('public', `leaving-${sample}-${index}`, 1);
    await fill([accepted('public', [hub, end])], 1);
  }
  await fill(
    upTo((crowdDegree * 9) / 10).map(() => accepted('public', [hub, email(`n${next()}`)])),
    100,
  );
  return accepted('public', [hub, email(`n${next()}`)]);
});
await pool.end();
