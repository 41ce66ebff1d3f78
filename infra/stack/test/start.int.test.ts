/** `start` as a person runs it: the real services, the embedded Postgres, signals, and kills in the middle of work. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { discardEmbeddedPostgres } from '@throughline/postgres';
import { findFreePort, generateTillWeek, seededRandom, tillZones } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../src/poll.ts';
import { isRunning, type ProcessIdentity } from '../src/process-identity.ts';

const withinMs = 90_000;
const customers = 40;
const ordersEach = 25;

interface Started {
  child: ChildProcess;
  output(): string;
}

let home: string;
let ports: Record<'ingest' | 'identity' | 'metrics', number>;
let stack: Started;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'throughline-start-'));
  // Run by root, the embedded Postgres is another user, which must be able to pass through.
  chmodSync(home, 0o755);
  ports = { ingest: await findFreePort(), identity: await findFreePort(), metrics: await findFreePort() };
  stack = await startUntilReady();
});

afterAll(async () => {
  stack.child.kill('SIGKILL');
  await Promise.all(servicesOf().map((service) => poll(() => !isRunning(service), { withinMs })));
  await discardEmbeddedPostgres(path.join(home, 'postgres'));
  rmSync(home, { recursive: true, force: true });
});

function start(environment: NodeJS.ProcessEnv = {}): Started {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(THROUGHLINE_|DATABASE_URL)/.test(name),
  );
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../src/main.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(inherited),
      THROUGHLINE_HOME: home,
      THROUGHLINE_INGEST_PORT: String(ports.ingest),
      THROUGHLINE_IDENTITY_PORT: String(ports.identity),
      THROUGHLINE_METRICS_PORT: String(ports.metrics),
      THROUGHLINE_SOURCES: JSON.stringify({ server: { pos: tillZones } }),
      ...environment,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

async function startUntilReady(): Promise<Started> {
  const started = start();
  const isUp = (): boolean => started.output().includes('Throughline is running');
  await poll(() => isUp() || started.child.exitCode !== null, { withinMs });
  if (!isUp()) throw new Error(`start did not get ready:\n${started.output()}`);
  return started;
}

async function exitCodeOf({ child }: Started): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

function servicesOf(): (ProcessIdentity & { name: string })[] {
  try {
    const { children } = JSON.parse(readFileSync(path.join(home, 'stack.json'), 'utf8')) as {
      children: (ProcessIdentity & { name: string })[];
    };
    return children;
  } catch {
    return [];
  }
}

async function call(service: keyof typeof ports, route: string, body?: unknown): Promise<Response> {
  const keys = JSON.parse(readFileSync(path.join(home, 'keys.json'), 'utf8')) as Record<string, string>;
  return await fetch(`http://127.0.0.1:${ports[service]}${route}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${keys[service === 'ingest' ? 'server' : 'read']}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Repeats what was not acknowledged, as every client does. */
async function sendUntilAcknowledged(batch: unknown[]): Promise<void> {
  const acknowledged = await poll(
    () =>
      call('ingest', '/v1/batch', { batch }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    { withinMs, everyMs: 100 },
  );
  if (!acknowledged) throw new Error('a batch was never acknowledged');
}

function ordersOf(round: string): unknown[][] {
  return Array.from({ length: ordersEach }, (_, order) =>
    Array.from({ length: customers }, (__, customer) => ({
      type: 'track',
      event: 'Order Completed',
      userId: `${round}-${customer}`,
      messageId: `${round}-${customer}-${order}`,
      timestamp: '2026-03-01T12:00:00.000Z',
      properties: { order_id: `${round}-${customer}-${order}`, revenue: 5, currency: 'EUR' },
    })),
  );
}

interface SalesByRegister {
  groups: {
    group: { store: string; register: string };
    periods: { currencies: Record<string, { net: number }> }[];
  }[];
}

/** By store and register, as the tills count. */
async function netByRegister(): Promise<Record<string, number>> {
  const answer = await call(
    'metrics',
    '/v1/metrics/sales?groupBy=register&period=month&from=2026-03-01&to=2026-03-31',
  );
  const { groups } = (await answer.json()) as SalesByRegister;
  const net: Record<string, number> = {};
  for (const { group, periods } of groups) {
    const name = `${group.store}:${group.register}`;
    const sums = periods.flatMap(({ currencies }) => Object.values(currencies));
    net[name] = sums.reduce((sum, one) => sum + one.net, 0);
  }
  return net;
}

interface Seen {
  activeCustomers: number;
  touchpointsOfEach: number[];
}

async function see(round: string): Promise<Seen> {
  const refs = Array.from({ length: customers }, (_, customer) => `user_id:${round}-${customer}`);
  const [growth, lookup] = await Promise.all([
    call('metrics', '/v1/metrics/growth?window=30&activity=purchase&from=2026-03-01&to=2026-03-01'),
    call('identity', '/v1/profiles/lookup', { refs }),
  ]);
  const { days } = (await growth.json()) as { days: { active: number }[] };
  const { profiles } = (await lookup.json()) as {
    profiles: Record<string, { touchpointCount: number } | null>;
  };
  return {
    activeCustomers: days[0]?.active ?? 0,
    touchpointsOfEach: refs.map((ref) => profiles[ref]?.touchpointCount ?? 0),
  };
}

async function expectExactly(round: string, activeCustomers: number): Promise<void> {
  const wanted: Seen = {
    activeCustomers,
    touchpointsOfEach: Array.from({ length: customers }, () => ordersEach),
  };
  let seen: Seen | null = null;
  await poll(
    async () => {
      seen = await see(round).catch(() => null);
      return JSON.stringify(seen) === JSON.stringify(wanted);
    },
    { withinMs, everyMs: 200 },
  );
  expect(seen).toEqual(wanted);
}

describe('start', { timeout: 3 * withinMs }, () => {
  test('says where everything is, and shows no key', () => {
    expect(stack.output()).toContain(`http://127.0.0.1:${ports.ingest}`);
    expect(stack.output()).toContain(path.join(home, 'keys.json'));
    const keys = JSON.parse(readFileSync(path.join(home, 'keys.json'), 'utf8')) as Record<string, string>;
    for (const key of Object.values(keys)) expect(stack.output()).not.toContain(key);
  });

  test('refuses a second stack on the same home', async () => {
    const second = start();
    expect(await exitCodeOf(second)).toBe(1);
    expect(second.output()).toContain(`A stack already runs on ${home} (process ${stack.child.pid}`);
    expect(stack.child.exitCode).toBeNull();
  });

  test("counts a till's week to the cent, whatever the order of the uploads", async () => {
    const week = generateTillWeek(seededRandom(11), Date.now());
    for (const upload of week.uploads) {
      const answer = (await (await call('ingest', '/v1/pos/receipts', upload)).json()) as {
        rejected: unknown;
      };
      expect(answer.rejected).toEqual([]);
    }
    let net: Record<string, number> = {};
    const isEqual = async (): Promise<boolean> => {
      net = await netByRegister();
      return Object.entries(week.totals).every(([name, total]) => net[name] === total);
    };
    await poll(isEqual, { withinMs, everyMs: 200 });
    expect(net).toEqual(week.totals);
  });

  test('brings a service back that was killed in the middle of a replay, and the figures are right', async () => {
    const replay = (async () => {
      for (const batch of ordersOf('killed-service')) await sendUntilAcknowledged(batch);
    })();
    for (const name of ['identity', 'metrics', 'ingest']) {
      const victim = servicesOf().find((service) => service.name === name);
      if (!victim) throw new Error(`${name} is not recorded in stack.json`);
      process.kill(victim.pid, 'SIGKILL');
      const isBack = (): boolean =>
        servicesOf().some((service) => service.name === name && service.pid !== victim.pid);
      expect(await poll(isBack, { withinMs })).toBe(true);
    }
    await replay;
    await expectExactly('killed-service', customers);
  });

  test('resumes where it was after all of it was killed', async () => {
    for (const batch of ordersOf('killed-stack')) await sendUntilAcknowledged(batch);
    const killed = servicesOf();
    stack.child.kill('SIGKILL');
    await exitCodeOf(stack);
    stack = await startUntilReady();
    expect(killed.filter(isRunning)).toEqual([]);
    await expectExactly('killed-stack', 2 * customers);
    await expectExactly('killed-service', 2 * customers);
  });

  test('brings its database back when that is killed', async () => {
    const cluster = globSync('postgres/**/postmaster.pid', { cwd: home });
    const pid = Number(readFileSync(path.join(home, cluster[0] ?? ''), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    for (const batch of ordersOf('killed-database')) await sendUntilAcknowledged(batch);
    await expectExactly('killed-database', 3 * customers);
    expect(stack.child.exitCode).toBeNull();
  });

  test('names a port that is taken and the setting that moves it', async () => {
    const [taken, otherHome] = [
      createServer().listen(0, '127.0.0.1'),
      mkdtempSync(path.join(tmpdir(), 'throughline-port-')),
    ];
    await once(taken, 'listening');
    const address = taken.address();
    const port = String(typeof address === 'object' ? address?.port : address);
    const refused = start({
      THROUGHLINE_HOME: otherHome,
      THROUGHLINE_IDENTITY_PORT: port,
      ...otherPorts(await findFreePort(), await findFreePort()),
    });
    expect(await exitCodeOf(refused)).toBe(1);
    expect(refused.output()).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(refused.output()).toContain('set THROUGHLINE_IDENTITY_PORT');
    taken.close();
    rmSync(otherHome, { recursive: true });
  });

  test('stops cleanly and leaves nothing running', async () => {
    const services = servicesOf();
    stack.child.kill('SIGTERM');
    expect(await exitCodeOf(stack)).toBe(0);
    expect(services).toHaveLength(3);
    expect(services.filter(isRunning)).toEqual([]);
    expect(servicesOf()).toEqual([]);
  });
});

function otherPorts(ingest: number, metrics: number): NodeJS.ProcessEnv {
  return { THROUGHLINE_INGEST_PORT: String(ingest), THROUGHLINE_METRICS_PORT: String(metrics) };
}
