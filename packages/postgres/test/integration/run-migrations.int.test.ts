import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPool, runMigrations } from '../../src/index.ts';
import { startOwnServer, type OwnServer } from './own-server.ts';

let server: OwnServer;
let pool: Pool;
let root: string;
let schema: string;
let schemas = 0;

beforeAll(async () => {
  server = await startOwnServer();
  pool = createPool({
    connectionString: server.connectionString,
    applicationName: 'test',
    onError: () => {},
  });
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'throughline-migrations-'));
  schema = `tried_${++schemas}`;
  await mkdir(join(root, 'own'));
  await mkdir(join(root, 'shared'));
  return () => rm(root, { recursive: true });
});

const directories = () => [join(root, 'own'), join(root, 'shared')];
const write = (path: string, sql: string) => writeFile(join(root, path), sql);

describe('runMigrations', () => {
  test('applies the files of every directory once, in order, in the schema it creates', async () => {
    await write('own/0001_a.sql', 'create table {{schema}}.a (id int)');
    await write('own/0002_b.sql', 'alter table {{schema}}.a add name text');
    await write('shared/0001_c.sql', 'create table {{schema}}.c (id int)');
    expect(await runMigrations(pool, { schema, directories: directories() })).toEqual([
      'own/0001_a.sql',
      'own/0002_b.sql',
      'shared/0001_c.sql',
    ]);
    expect(await runMigrations(pool, { schema, directories: directories() })).toEqual([]);
    await expect(pool.query(`select id, name from ${schema}.a`)).resolves.toBeDefined();
  });

  test('lets many processes start at once', async () => {
    await write('own/0001_a.sql', 'create table {{schema}}.a (id int)');
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => runMigrations(pool, { schema, directories: directories() })),
    );
    expect(runs.flat()).toEqual(['own/0001_a.sql']);
  });

  test('applies nothing of a run in which one file fails, and names the file', async () => {
    await write('own/0001_a.sql', 'create table {{schema}}.a (id int)');
    await write('own/0002_b.sql', 'create nonsense');
    await expect(runMigrations(pool, { schema, directories: directories() })).rejects.toThrow(
      /own\/0002_b\.sql/,
    );
    await write('own/0002_b.sql', 'select 1');
    expect(await runMigrations(pool, { schema, directories: directories() })).toHaveLength(2);
  });

  test('refuses a file that was changed after it was applied', async () => {
    await write('own/0001_a.sql', 'select 1');
    await runMigrations(pool, { schema, directories: directories() });
    await write('own/0001_a.sql', 'select 2');
    await expect(runMigrations(pool, { schema, directories: directories() })).rejects.toThrow(/was changed/);
  });

  test('does not mind line ends that a checkout turned', async () => {
    await write('own/0001_a.sql', 'select 1;\nselect 2;\n');
    await runMigrations(pool, { schema, directories: directories() });
    await write('own/0001_a.sql', 'select 1;\r\nselect 2;\r\n');
    expect(await runMigrations(pool, { schema, directories: directories() })).toEqual([]);
  });

  test('refuses a new file that sorts before an applied one', async () => {
    await write('own/0002_b.sql', 'select 1');
    await runMigrations(pool, { schema, directories: directories() });
    await write('own/0001_a.sql', 'select 1');
    await expect(runMigrations(pool, { schema, directories: directories() })).rejects.toThrow(/comes before/);
  });

  test('refuses a database that is newer than the code', async () => {
    await write('own/0001_a.sql', 'select 1');
    await write('own/0002_b.sql', 'select 1');
    await runMigrations(pool, { schema, directories: directories() });
    await rm(join(root, 'own/0002_b.sql'));
    await expect(runMigrations(pool, { schema, directories: directories() })).rejects.toThrow(
      /newer than this code/,
    );
  });
});
