/** Each service's role, made by the scripts of the compose file: it can do its work, and nothing in another's schema. */
import path from 'node:path';
import { consumerMigrations, createPostgresEventLog } from '@throughline/event-log';
import { createPool, runMigrations, silentLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkout } from './compose-file.ts';
import { type ComposeDatabase, startComposeDatabase } from './compose-database.ts';

const services = ['ingest', 'identity', 'metrics'] as const;
type Service = (typeof services)[number];

const passwordVariable = (service: Service): string =>
  `THROUGHLINE_${service.toUpperCase()}_DATABASE_PASSWORD`;
// One with a quote: a password that an operator chose may have one.
const passwords = { ingest: "in'gest", identity: 'identity', metrics: 'metrics' };

const insufficientPrivilege = expect.objectContaining({ code: '42501' }) as unknown;
const wrongPassword = expect.objectContaining({ code: '28P01' }) as unknown;

let database: ComposeDatabase;
let superuser: Pool;
const pools = new Map<Service, Pool>();

beforeAll(async () => {
  database = await startComposeDatabase();
  superuser = open(database.connectionString);
  await runRolesScript();
  for (const service of services) pools.set(service, openAs(service));
});

afterAll(async () => {
  await Promise.all([superuser, ...pools.values()].map((pool) => pool.end()));
  await database.stop();
});

function open(connectionString: string): Pool {
  return createPool({ connectionString, applicationName: 'test', max: 4, onError: () => {} });
}

function openAs(service: Service, password = passwords[service]): Pool {
  const url = new URL(database.connectionString);
  url.username = `throughline_${service}`;
  url.password = encodeURIComponent(password);
  return open(url.href);
}

function poolOf(service: Service): Pool {
  const pool = pools.get(service);
  if (pool === undefined) throw new Error(`no pool of ${service}`);
  return pool;
}

async function runRolesScript(changed: Partial<Record<Service, string>> = {}): Promise<void> {
  const set = { ...passwords, ...changed };
  const environment = Object.fromEntries(
    services.map((service) => [passwordVariable(service), set[service]]),
  );
  await database.runScript('10-roles.sql', environment);
}

function migrate(service: Service): Promise<string[]> {
  const own = path.join(checkout, 'services', service, 'migrations');
  return runMigrations(poolOf(service), { schema: service, directories: [consumerMigrations, own] });
}

async function tablesOf(schema: string): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1 order by 1`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

describe.each(services)('the role of %s', (service) => {
  const others = services.filter((other) => other !== service);

  beforeAll(async () => {
    // In this order whatever the order of the tests: others' tables have to be there to be refused.
    for (const each of services) await migrate(each);
  });

  test('has migrated its own schema, and reads and writes every table of it', async () => {
    const tables = await tablesOf(service);
    expect(tables).toContain(`${service}.consumer_offset`);
    for (const table of tables) {
      await poolOf(service).query(`select from ${table} limit 1`);
      await poolOf(service).query(`delete from ${table} where false`);
    }
  });

  test("is refused every table of the others' schemas, and may only read that of the keys", async () => {
    for (const table of (await Promise.all(others.map((other) => tablesOf(other)))).flat()) {
      const read = poolOf(service).query(`select from ${table} limit 1`);
      if (table === 'ingest.api_key') await read;
      else await expect(read, table).rejects.toEqual(insufficientPrivilege);
      await expect(poolOf(service).query(`delete from ${table} where false`), table).rejects.toEqual(
        insufficientPrivilege,
      );
    }
  });

  test.each([
    ...others.flatMap((other) => [`create table ${other}.planted (id int)`, `set role throughline_${other}`]),
    'create table public.planted (id int)',
    'create schema planted',
    'create database planted',
    'create role planted',
    `alter role throughline_${service} superuser`,
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to program 'true'",
  ])('is refused: %s', async (statement) => {
    await expect(poolOf(service).query(statement)).rejects.toEqual(insufficientPrivilege);
  });

  test('has temporary tables, which verifications of figures work in', async () => {
    await poolOf(service).query('create temporary table scratch on commit drop as select 1');
  });
});

async function findDays(): Promise<{ name: string; owner: string }[]> {
  const { rows } = await superuser.query<{ name: string; owner: string }>(
    `select format('event_log.%I', tablename) as name, tableowner as owner from pg_tables
     where schemaname = 'event_log' and tablename like 'batch\\_%' order by 1`,
  );
  return rows;
}

describe('without the script of the event log', () => {
  test('no service can make the schema of one', async () => {
    const log = createPostgresEventLog({ pool: poolOf('ingest'), instanceId: 'test', logger: silentLog });
    await expect(log.ensureTopics([{ name: 'tried', partitions: 1 }])).rejects.toMatchObject({
      code: 'log_unavailable',
    });
    await log.close();
    expect(await tablesOf('event_log')).toEqual([]);
  });
});

describe('with the script of the event log', () => {
  beforeAll(() => database.runScript('20-event-log.sql'));

  test('the services share the log, whichever came first', async () => {
    const logs = services.map((service) =>
      createPostgresEventLog({ pool: poolOf(service), instanceId: service, logger: silentLog }),
    );
    // All at once, as on a first start.
    await Promise.all(logs.map((log) => log.ensureTopics([{ name: 'shared', partitions: 1 }])));
    for (const log of logs) await log.append([{ topic: 'shared', key: 'k', value: 'v' }]);
    for (const log of logs)
      expect(await log.lag('group', ['shared'])).toMatchObject([{ endOffset: services.length }]);
    await Promise.all(logs.map((log) => log.close()));
  });

  test.each(services)('%s makes the days of the log, which another reads and drops', async (maker) => {
    const another = services[(services.indexOf(maker) + 1) % services.length] ?? 'ingest';
    for (const { name } of await findDays()) await superuser.query(`drop table ${name}`);
    const log = createPostgresEventLog({ pool: poolOf(maker), instanceId: maker, logger: silentLog });
    await log.ping();
    await log.close();
    const days = await findDays();
    expect(days.map(({ owner }) => owner)).toEqual(Array(3).fill(`throughline_${maker}`));
    for (const { name } of days) {
      await poolOf(another).query(`select from ${name} limit 1`);
      await poolOf(another).query(`drop table ${name}`);
    }
  });

  test("still no service reads another's schema", async () => {
    await expect(poolOf('metrics').query('select from identity.consumer_offset')).rejects.toEqual(
      insufficientPrivilege,
    );
  });
});

describe('the script of the roles', () => {
  test('changes a password when it is run again', async () => {
    await runRolesScript({ metrics: 'another' });
    const [before, after] = [openAs('metrics'), openAs('metrics', 'another')];
    await expect(before.query('select 1')).rejects.toEqual(wrongPassword);
    await after.query('select from metrics.consumer_offset');
    await Promise.all([before.end(), after.end()]);
  });

  test('fails where a password is missing', async () => {
    await expect(database.runScript('10-roles.sql')).rejects.toThrow(/syntax/);
  });
});
