import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, findFreePort, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keys, startCommand, startService, type ServiceProcess } from './service-process.ts';

let database: TestDatabase;
let ingest: ServiceProcess;
let home: string;
let ports: Record<string, string>;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'throughline-doctor-'));
  database = await createTestDatabase();
  ports = {
    THROUGHLINE_INGEST_PORT: String(await findFreePort()),
    THROUGHLINE_IDENTITY_PORT: String(await findFreePort()),
    THROUGHLINE_METRICS_PORT: String(await findFreePort()),
  };
  ingest = await startService('ingest', database.connectionString, Number(ports['THROUGHLINE_INGEST_PORT']));
});
afterAll(async () => {
  await ingest.kill();
  await database.drop();
  rmSync(home, { recursive: true });
});

interface Finding {
  check: string;
  state: string;
  message: string;
  remedy: string | null;
}

async function examine(
  environment: Record<string, string>,
  ...argv: string[]
): Promise<{ code: number | null; faults: Finding[]; findings: Finding[] }> {
  const command = startCommand(['doctor', '--json', ...argv], {
    ...keys,
    ...ports,
    THROUGHLINE_HOME: home,
    ...environment,
  });
  const code = await command.ended;
  expect(command.said()).not.toContain(keys.THROUGHLINE_ADMIN_KEY);
  const { findings } = JSON.parse(command.said()) as { findings: Finding[] };
  return { code, findings, faults: findings.filter(({ state }) => state === 'fault') };
}

test('with nothing at fault it ends with 0', async () => {
  const { code, faults, findings } = await examine({}, '--offline');
  expect({ code, faults }).toEqual({ code: 0, faults: [] });
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['settings', 'home', 'disk', 'database', 'log']),
  );
});

test('all settings that are wrong are named in one run, each once, whichever service reads them', async () => {
  const broken = {
    THROUGHLINE_WINDOWS: '7;30',
    THROUGHLINE_CLOSE_HOURS: 'late',
    THROUGHLINE_SOURCES: '{"website"',
    THROUGHLINE_IDENTITY_SECRET: 'short',
    THROUGHLINE_READ_KEY: 'rk_short',
    THROUGHLINE_METRICS_PORT: 'eighty',
    KAFKA_BROKERS: 'kafka',
    LOG_LEVEL: 'loud',
  };
  const { code, faults } = await examine(broken, '--offline');
  expect(code).toBe(1);
  expect(faults.map(({ message }) => message.split(/[: ]/)[0] ?? '').toSorted()).toEqual(
    Object.keys(broken).toSorted(),
  );
  for (const { check, remedy } of faults) {
    expect(check).toBe('settings');
    expect(remedy).toContain('settings.md');
  }
});

test('a file of keys that cannot be read is a fault, and its text is not shown', async () => {
  const place = path.join(home, 'broken-keys');
  mkdirSync(place);
  writeFileSync(path.join(place, 'keys.json'), '{"read": "rk_private', { mode: 0o600 });
  const { code, faults } = await examine({ THROUGHLINE_HOME: place }, '--offline');
  expect(code).toBe(1);
  expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('cannot be read as keys')]);
  expect(JSON.stringify(faults)).not.toContain('rk_private');
});

test('another command ends with every setting that it cannot use, and names the command that knows all', async () => {
  const command = startCommand(['status'], { THROUGHLINE_INGEST_PORT: 'x', THROUGHLINE_METRICS_PORT: '0' });
  expect(await command.ended).toBe(1);
  for (const expected of ['THROUGHLINE_INGEST_PORT', 'THROUGHLINE_METRICS_PORT', 'doctor --offline']) {
    expect(command.said()).toContain(expected);
  }
});

test('a setting whose name is misspelt is named with the one that was meant', async () => {
  const { code, findings } = await examine({ THROUGHLINE_TIMEZONE: 'Europe/Berlin' }, '--offline');
  expect(code).toBe(0);
  expect(findings.filter(({ state }) => state === 'warning')).toContainEqual({
    check: 'settings',
    state: 'warning',
    message: 'THROUGHLINE_TIMEZONE is no setting, and has no effect',
    remedy: expect.stringContaining('Did you mean THROUGHLINE_TIME_ZONE?'),
  });
});

test('a database that does not listen, does not exist or is no address is named without its password', async () => {
  const gone = `postgres://shop:pass-word@127.0.0.1:${await findFreePort()}/shop`;
  const { code, faults } = await examine({ DATABASE_URL: gone }, '--offline');
  expect(code).toBe(1);
  expect(faults).toMatchObject([
    { check: 'database', message: expect.stringContaining('no Postgres listens at 127.0.0.1:') },
  ]);
  expect(JSON.stringify(faults)).not.toContain('pass-word');
  expect(faults[0]?.remedy).toContain('Start Postgres');

  const other = new URL(database.connectionString);
  other.pathname = '/no_such_database';
  const missing = await examine({ DATABASE_URL: other.href }, '--offline');
  expect(missing.faults[0]?.remedy).toContain('createdb');
  const noAddress = await examine({ DATABASE_URL: 'mysql://x' }, '--offline');
  expect(noAddress.faults.map(({ message }) => message).join()).toContain('DATABASE_URL');
});

test('a Postgres that does not write durably is a fault, or a warning where that was accepted', async () => {
  // The tests' own Postgres runs without fsync.
  const environment = { DATABASE_URL: database.connectionString };
  const { code, faults } = await examine(environment, '--offline');
  expect(code).toBe(1);
  expect(faults.map(({ message }) => message).join()).toContain('fsync is off');
  expect(faults[0]?.remedy).toContain('alter system set fsync = on');
  const accepted = await examine(
    { ...environment, THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true' },
    '--offline',
  );
  expect(accepted.code).toBe(0);
  expect(accepted.findings.filter(({ state }) => state === 'warning').length).toBeGreaterThan(0);
});

test('a broker that does not answer is named with what to do', async () => {
  const { code, faults } = await examine({ KAFKA_BROKERS: `127.0.0.1:${await findFreePort()}` }, '--offline');
  expect(code).toBe(1);
  expect(faults.map(({ check }) => check)).toEqual(['log']);
  expect(faults[0]?.remedy).toContain('Start the brokers');
});

test('keys that others can read, and a secret that is missing beside data, are faults', async () => {
  const place = path.join(home, 'exposed');
  mkdirSync(path.join(place, 'postgres'), { recursive: true });
  const file = path.join(place, 'keys.json');
  writeFileSync(file, '{}', { mode: 0o600 });
  chmodSync(file, 0o644);
  const { faults } = await examine({ THROUGHLINE_HOME: place }, '--offline');
  expect(faults.map(({ message }) => message)).toEqual([
    expect.stringContaining('can be read by other users'),
    expect.stringContaining('identity-secret'),
  ]);
  expect(faults[0]?.remedy).toContain('chmod 600');
});

test('services that do not run are faults beside those that do', async () => {
  const { code, findings } = await examine({});
  expect(code).toBe(1);
  const services = findings.filter(({ check }) => check === 'services');
  expect(services.map(({ state }) => state)).toEqual(expect.arrayContaining(['fault', 'fault']));
  expect(services.find(({ message }) => message.startsWith('ingest'))?.state).not.toBe('fault');
  expect(services.find(({ message }) => message.startsWith('metrics'))?.remedy).toContain(
    'npx -y pnpm@12 start',
  );
});
