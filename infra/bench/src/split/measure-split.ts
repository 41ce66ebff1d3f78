/**
 * How long a split of a long history takes until both APIs show it, and whether other customers wait for it: a customer with
 * thousands of cookies was merged with one who came every day for ten years, and the two are parted again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchSession } from '../bench-session.ts';
import type { SplitOptions } from '../config.ts';
import type { ProbeResult } from '../driver-protocol.ts';
import { progress } from '../progress.ts';
import { runDriver } from '../run-driver.ts';
import type { StackUnderTest } from '../stack-under-test.ts';

export const cookies = 5_000;
export const days = 3_650;

export interface SplitRound {
  /** Until the request is answered. */
  answeredMs: number;
  /** Until the profile API shows two profiles, and the figures two customers, from the request on. */
  profilesMs: number;
  figuresMs: number;
  /** Other customers', before the split and during it. */
  before: ProbeResult;
  during: ProbeResult;
}

export interface Split {
  log: string;
  rounds: readonly SplitRound[];
}

const dayMs = 86_400_000;
const batchSize = 100;
const pollEveryMs = 5;
const givenUpAfterMs = 120_000;
const probedSeconds = 4;
/** So that the split falls into the time in which others are watched. */
const splitAfterMs = 1_000;
/** Probes of a round at most: each has days of its own. */
const probesOfRound = 200;

const visitor = 'user_id:bench-visitor';
const regular = 'user_id:bench-regular';

export async function measureSplit(session: BenchSession, options: SplitOptions): Promise<Split> {
  const stack = await session.startStack(null);
  progress(`${cookies} cookies of one customer, and ${days} days of another`);
  const now = Date.now();
  await sendAll(stack, [
    ...Array.from({ length: cookies }, (_, index) => visit(`visitor-${index}`, 'bench-visitor', now, index)),
    ...Array.from({ length: days }, (_, index) =>
      visit(`regular-${index}`, 'bench-regular', now - index * dayMs),
    ),
    order('bench-visitor', now - dayMs),
    order('bench-regular', now - dayMs),
  ]);
  await untilFigures(stack, now, ({ freshness }) => freshness.pendingRecords === 0);
  await untilCustomers(stack, 2, now);
  const rounds: SplitRound[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    progress(`round ${round + 1} of ${options.rounds}`);
    await decide(stack, { kind: 'merge', refs: [visitor, regular], note: 'bench' });
    await untilCustomers(stack, 1, now);
    const before = await probe(stack, `before-${round}`, 2 * round * probesOfRound);
    const probing = probe(stack, `during-${round}`, (2 * round + 1) * probesOfRound);
    await delay(splitAfterMs);
    const begunAt = performance.now();
    await decide(stack, { kind: 'split', sides: [[visitor], [regular]], note: 'bench' });
    const answeredMs = performance.now() - begunAt;
    const [profilesMs, figuresMs] = await Promise.all([
      untilParted(stack).then(() => performance.now() - begunAt),
      untilCustomers(stack, 2, now).then(() => performance.now() - begunAt),
    ]);
    rounds.push({ answeredMs, profilesMs, figuresMs, before, during: await probing });
  }
  return { log: options.log, rounds };
}

function visit(messageId: string, userId: string, at: number, cookie?: number): object {
  const anonymous = cookie === undefined ? {} : { anonymousId: `bench-cookie-${cookie}` };
  return {
    type: 'page',
    messageId,
    userId,
    ...anonymous,
    name: 'Home',
    timestamp: new Date(at).toISOString(),
  };
}

function order(userId: string, at: number): object {
  const properties = { order_id: `order-of-${userId}`, revenue: 10, currency: 'EUR' };
  const timestamp = new Date(at).toISOString();
  return {
    type: 'track',
    messageId: `order-${userId}`,
    userId,
    event: 'Order Completed',
    timestamp,
    properties,
  };
}

async function sendAll({ urls, keys }: StackUnderTest, touchpoints: readonly object[]): Promise<void> {
  for (let from = 0; from < touchpoints.length; from += batchSize) {
    const batch = touchpoints.slice(from, from + batchSize);
    await ask(`${urls.ingest}/v1/batch`, keys.server, { batch });
  }
}

async function decide({ urls, keys }: StackUnderTest, decision: object): Promise<void> {
  await ask(`${urls.identity}/v1/identity/decisions`, keys.admin, decision);
}

async function untilParted({ urls, keys }: StackUnderTest): Promise<void> {
  await until(async () => {
    const ids = await Promise.all(
      [visitor, regular].map(async (ref) => {
        const found = await ask(`${urls.identity}/v1/profiles/${ref}`, keys.read);
        return (found as { id: string }).id;
      }),
    );
    return new Set(ids).size === 2;
  });
}

interface Growth {
  days: { active: number }[];
  freshness: { pendingRecords: number | null };
}

/** Until the figures count so many customers. */
async function untilCustomers(stack: StackUnderTest, count: number, now: number): Promise<void> {
  await untilFigures(stack, now, ({ days: [day] }) => day?.active === count);
}

async function untilFigures(
  { urls, keys }: StackUnderTest,
  now: number,
  isSo: (growth: Growth) => boolean,
): Promise<void> {
  const day = new Date(now).toISOString().slice(0, 10);
  const question = `${urls.metrics}/v1/metrics/growth?window=90&activity=purchase&from=${day}&to=${day}`;
  await until(async () => isSo((await ask(question, keys.read)) as Growth));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + givenUpAfterMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('the stack does not show what was sent');
    await delay(pollEveryMs);
  }
}

async function probe({ urls, keys }: StackUnderTest, run: string, from: number): Promise<ProbeResult> {
  return await runDriver({
    job: 'probe',
    ingestUrl: urls.ingest,
    identityUrl: urls.identity,
    metricsUrl: urls.metrics,
    serverKey: keys.server,
    readKey: keys.read,
    run,
    from,
    seconds: probedSeconds,
    concurrency: 1,
  });
}

async function ask(url: string, key: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as unknown;
}
