/** The command on the real routes of metrics: figures that agree, one that was changed by hand, and keys that may not ask. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPool } from '@throughline/postgres';
import { createTestDatabase, findFreePort, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keys, startCommand, startService, type ServiceProcess } from './service-process.ts';

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let metrics: ServiceProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  const { connectionString } = database;
  pool = createPool({ connectionString, applicationName: 'cli-test', onError: () => {} });
  metrics = await startService('metrics', connectionString, await findFreePort());
});
afterAll(async () => {
  await metrics.kill();
  await pool.end();
  await database.drop();
});

async function verify(argv: readonly string[] = [], environment?: Record<string, string>) {
  const command = startCommand(['verify', '--metrics-url', metrics.url, ...argv], environment);
  return { code: await command.ended, said: command.said() };
}

test('figures that agree end it with 0, and one that differs with 2 and its name', async () => {
  expect(await verify()).toMatchObject({ code: 0, said: expect.stringContaining('0 differ') });
  await pool.query(
    `insert into metrics.figure_day (series, day, amount)
     select id, 20000, 3 from metrics.series
     where figure = 'active' and dimensions = '{"activity": "purchase", "window": 30}'`,
  );
  const different = await verify();
  expect(different.code).toBe(2);
  expect(different.said).toMatch(/\d+ values compared, [1-9]\d* differ/);
  expect(different.said).toContain(
    '2024-10-04 active window=30 activity=purchase (figure): kept 3, recomputed 0',
  );
  expect(await verify(['--from', '2024-10-05'])).toMatchObject({ code: 0 });
  expect(await verify(['--sample', '0.5'])).toMatchObject({ code: 0 });
  expect(await verify(['--sample', '2'])).toMatchObject({ code: 1, said: expect.stringContaining('sample') });
  const { code, said } = await verify(['--json']);
  expect([code, JSON.parse(said)]).toMatchObject([2, { state: 'done' }]);
});

test.each([
  ["the database's disk is full", 'Free some space'],
  ['The database does not answer', 'Start Postgres'],
])('where %s it says so, and what mends it', async (detail, remedy) => {
  const body = JSON.stringify({ code: 'database_unavailable', detail });
  const server = createServer((_request, response) => response.writeHead(503).end(body)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, said } = await verify(['--metrics-url', `http://127.0.0.1:${port}`]);
  server.close();
  expect(code).toBe(1);
  expect(said).toContain(detail);
  expect(said).toContain(remedy);
});

test('what could not be compared ends it with 1: no key that may ask, no service, no sensible timeout', async () => {
  const forbidden = await verify([], { THROUGHLINE_ADMIN_KEY: keys.THROUGHLINE_READ_KEY });
  expect(forbidden).toMatchObject({ code: 1, said: expect.stringContaining('403') });
  const nowhere = await verify(['--metrics-url', `http://127.0.0.1:${await findFreePort()}`]);
  expect(nowhere).toMatchObject({ code: 1, said: expect.stringContaining('does not answer') });
  expect(nowhere.said).toContain('Start it');
  expect(await verify(['--timeout', '0'])).toMatchObject({ code: 1, said: expect.stringContaining('7200') });
});
