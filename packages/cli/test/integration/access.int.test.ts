import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, findFreePort, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keys, startCommand, startService, until, type ServiceProcess } from './service-process.ts';

let database: TestDatabase;
let ingest: ServiceProcess;
let identity: ServiceProcess;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'throughline-access-'));
  database = await createTestDatabase();
  ingest = await startService('ingest', database.connectionString, await findFreePort());
  identity = await startService('identity', database.connectionString, await findFreePort());
});
afterAll(async () => {
  await Promise.all([ingest.kill(), identity.kill()]);
  await database.drop();
  rmSync(directory, { recursive: true });
});

async function run(...argv: string[]): Promise<{ code: number | null; said: string }> {
  const command = startCommand([...argv, '--ingest-url', ingest.url]);
  const code = await command.ended;
  expect(command.said()).not.toContain(keys.THROUGHLINE_ADMIN_KEY);
  expect(command.said()).not.toMatch(/^ {4}at /m);
  return { code, said: command.said() };
}

async function runJson<T>(...argv: string[]): Promise<T> {
  const { code, said } = await run(...argv, '--json');
  expect(code).toBe(0);
  return JSON.parse(said) as T;
}

async function statusOf(url: string, key: string, init: RequestInit = {}): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return (await fetch(url, { ...init, headers })).status;
}

const send = async (key: string): Promise<number> =>
  await statusOf(`${ingest.url}/v1/touchpoints`, key, {
    method: 'POST',
    body: JSON.stringify({ type: 'page', userId: 'u' }),
  });

test('a source and its key are made, replaced and disabled from a terminal', async () => {
  const file = path.join(directory, 'berlin.json');
  writeFileSync(file, '{"transactionScope": "berlin"}');
  expect(await run('sources', 'create', 'berlin', '--trust', 'server', '--settings', file)).toMatchObject({
    code: 0,
  });
  const first = await run(
    'keys',
    'create',
    '--scope',
    'server',
    '--source',
    'berlin',
    '--note',
    'till server',
  );
  const key = /^sk_.*$/m.exec(first.said)?.[0] ?? '';
  expect(await send(key)).toBe(200);
  const [listed] = await runJson<{ id: string }[]>('keys', '--source', 'berlin');
  const second = await runJson<{ key: string }>('keys', 'rotate', listed?.id ?? '', '--grace', '3600');
  expect([await send(key), await send(second.key)]).toEqual([200, 200]);
  expect((await run('keys', 'disable', listed?.id ?? '')).said).toContain('is disabled.');
  expect([await send(key), await send(second.key)]).toEqual([401, 200]);
  expect((await run('keys')).said).toMatch(/built-in-write +write +website/);
  await run('sources', 'disable', 'berlin');
  expect(await send(second.key)).toBe(401);
  expect((await run('sources')).said).toMatch(/berlin +server +disabled +\{"transactionScope":"berlin"\}/);
});

test('a key that reads opens another service, until it is disabled', async () => {
  const { id, key } = await runJson<{ id: string; key: string }>('keys', 'create', '--scope', 'read');
  const profile = `${identity.url}/v1/profiles/user_id:nobody`;
  expect(await statusOf(profile, key)).toBe(404);
  await run('keys', 'disable', id);
  await until(async () => (await statusOf(profile, key)) === 401);
});

test.each([
  [['keys', 'create'], '--scope'],
  [['keys', 'create', '--scope', 'server', '--source', 'nothing'], 'source_not_found'],
  [['keys', 'rotate', 'not-an-id'], 'invalid_parameter'],
  [['keys', 'rotate', 'x', '--grace', 'a week'], '--grace'],
  [['keys', 'forget', 'x'], 'list, create'],
  [['sources', 'create', 'x'], '--trust'],
  [['sources', 'set', 'website', '--settings', '/nonexistent'], 'ENOENT'],
  [['sources', 'disable', 'website'], 'access_conflict'],
])('says what is wrong with %j', async (argv, expected) => {
  const { code, said } = await run(...argv);
  expect(code).toBe(1);
  expect(said).toContain(expected);
});
