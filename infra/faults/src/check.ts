/** What is compared when the stream has come to rest: the set, the timelines and the figures. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from './database.ts';
import { type GrowthDay, growthOn, purchaseDays } from './expected-growth.ts';
import { keys } from './fleet.ts';
import type { Sent } from './workload.ts';

export interface CheckedWorld {
  database: Database;
  identityUrl: string;
  metricsUrl: string;
  sent: readonly Sent[];
  acknowledged: ReadonlySet<string>;
}

export interface Verdict {
  touchpoints: number;
  people: number;
  growthDays: number;
  verifiedFigures: number;
}

const windows = [7, 30, 90, 365];
const mostFailures = 10;
/** Without any change: a slow machine is given the time that it takes. */
const suspensionMs = 120_000;

/** Until all agrees and nothing is pending; throws with what still differs when it does not get there. */
export async function settleAndCheck(world: CheckedWorld): Promise<Verdict> {
  let deadline = Date.now() + suspensionMs;
  let before = '';
  const expected = expectedGrowth(world.sent.filter(({ id }) => world.acknowledged.has(id)));
  for (;;) {
    const failures = await findFailures(world, expected).catch((error: unknown) => [String(error)]);
    if (failures.length === 0) break;
    if (failures.join() !== before) deadline = Date.now() + suspensionMs;
    before = failures.join();
    if (Date.now() > deadline) throw new Error(`the run failed:\n- ${failures.join('\n- ')}`);
    await delay(500);
  }
  const { checked, differences } = await verify(world);
  if (differences.length > 0) {
    const some = JSON.stringify(differences.slice(0, mostFailures));
    throw new Error(`the verification found ${differences.length} differences: ${some}`);
  }
  if (checked === 0) throw new Error('the verification checked nothing');
  return {
    touchpoints: world.acknowledged.size,
    people: countByPerson(world).size,
    growthDays: [...expected.values()].reduce((sum, days) => sum + days.length, 0),
    verifiedFigures: checked,
  };
}

async function findFailures(world: CheckedWorld, expected: Map<number, GrowthDay[]>): Promise<string[]> {
  const inStore = await compareStores(world);
  // The dear comparisons once the cheap one holds.
  if (inStore.length > 0) return [...inStore, ...(await findPending(world))];
  const rest = [
    await compareTimelines(world),
    await compareGrowth(world, expected),
    await findPending(world),
  ];
  return rest.flat().slice(0, mostFailures);
}

/** Each acknowledged id once in identity's timelines and once in the facts of metrics, and no other. */
async function compareStores({ database, acknowledged }: CheckedWorld): Promise<string[]> {
  const stores = [
    ['identity', 'select id from identity.touchpoint where id is not null'],
    ['metrics', "select touchpoint_id as id from metrics.fact where coalesce(touchpoint_id, '') <> ''"],
  ] as const;
  const failures: string[] = [];
  for (const [name, statement] of stores) {
    const rows = await database.query<{ id: string }>(statement, [], name);
    const found = new Set(rows.map(({ id }) => id));
    const missing = [...acknowledged].filter((id) => !found.has(id));
    const strange = [...found].filter((id) => !acknowledged.has(id));
    if (missing.length > 0)
      failures.push(`${name} lacks ${missing.length}: ${missing.slice(0, 5).join(', ')}`);
    if (strange.length > 0)
      failures.push(`${name} has ${strange.length} more: ${strange.slice(0, 5).join(', ')}`);
    if (rows.length > found.size) failures.push(`${name} has ${rows.length - found.size} twice`);
  }
  return failures;
}

function countByPerson({ sent, acknowledged }: CheckedWorld): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id, person } of sent) {
    if (person !== null && acknowledged.has(id)) counts.set(person, (counts.get(person) ?? 0) + 1);
  }
  return counts;
}

/** As a client sees them: how many touchpoints each person's profile has. */
async function compareTimelines(world: CheckedWorld): Promise<string[]> {
  const expected = [...countByPerson(world)];
  const failures: string[] = [];
  for (let start = 0; start < expected.length; start += 100) {
    const page = expected.slice(start, start + 100);
    const refs = page.map(([person]) => `user_id:${person}`);
    const { profiles } = await call<{ profiles: Record<string, { touchpointCount: number } | null> }>(
      `${world.identityUrl}/v1/profiles/lookup`,
      { refs },
    );
    for (const [person, count] of page) {
      const found = profiles[`user_id:${person}`]?.touchpointCount ?? 0;
      if (found !== count) failures.push(`${person} has ${found} touchpoints, not ${count}`);
    }
  }
  return failures;
}

/** Days from the first purchase to a year after the last, for every window; thinned out where there are many people. */
function expectedGrowth(sent: readonly Sent[]): Map<number, GrowthDay[]> {
  const people = purchaseDays(sent);
  const days = people.flat();
  const [first, last] = [days.reduce((a, b) => Math.min(a, b)), days.reduce((a, b) => Math.max(a, b)) + 370];
  const step = Math.ceil(((last - first) * people.length) / 1_500_000);
  const chosen = Array.from(
    { length: Math.floor((last - first) / step) + 1 },
    (_, index) => first + index * step,
  );
  return new Map(windows.map((window) => [window, chosen.map((day) => growthOn(people, day, window))]));
}

async function compareGrowth(
  { metricsUrl }: CheckedWorld,
  expected: Map<number, GrowthDay[]>,
): Promise<string[]> {
  const failures: string[] = [];
  for (const [window, days] of expected) {
    const range = `from=${days[0]?.day}&to=${days.at(-1)?.day}`;
    const answer = await call<{ days: GrowthDay[] }>(
      `${metricsUrl}/v1/metrics/growth?window=${window}&activity=purchase&${range}`,
    );
    const maintained = new Map(answer.days.map((day) => [day.day, day]));
    for (const day of days) {
      const found = maintained.get(day.day);
      const wrong = Object.entries(day).filter(([name, value]) => found?.[name as keyof GrowthDay] !== value);
      if (wrong.length === 0) continue;
      const texts = wrong.map(([name, value]) => `${name} ${found?.[name as keyof GrowthDay]}, not ${value}`);
      failures.push(`growth of ${window} days on ${day.day}: ${texts.join('; ')}`);
    }
  }
  return failures;
}

async function findPending({ identityUrl, metricsUrl }: CheckedWorld): Promise<string[]> {
  const failures: string[] = [];
  for (const url of [`${identityUrl}/v1/freshness`, `${metricsUrl}/v1/metrics/freshness`]) {
    // Null while the log does not answer.
    const { pendingRecords } = await call<{ pendingRecords: number | null }>(url);
    if (pendingRecords !== 0) failures.push(`${pendingRecords} records are pending`);
  }
  return failures;
}

async function verify({ metricsUrl }: CheckedWorld): Promise<{ checked: number; differences: unknown[] }> {
  const { id } = await call<{ id: string }>(`${metricsUrl}/v1/metrics/verifications`, {});
  const deadline = Date.now() + suspensionMs;
  for (;;) {
    const found = await call<{ state: string; checked: number; differences: unknown[] }>(
      `${metricsUrl}/v1/metrics/verifications/${id}`,
    );
    if (found.state === 'done') return found;
    if (found.state !== 'running' || Date.now() > deadline)
      throw new Error(`the verification is ${found.state}`);
    await delay(200);
  }
}

async function call<T>(url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok)
    throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return (await response.json()) as T;
}
