import { createPool } from '@throughline/postgres';
import { createTestDatabase, findFreePort, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keys, startCommand, startService, until, type ServiceProcess } from './service-process.ts';

let database: TestDatabase;
let ingest: ServiceProcess;
let pool: ReturnType<typeof createPool>;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.connectionString,
    applicationName: 'cli-test',
    onError: () => {},
  });
  ingest = await startService('ingest', database.connectionString, await findFreePort());
  await send(keys.THROUGHLINE_WRITE_KEY, [
    { type: 'track', event: 'Seen', id: 'web-1', userId: 'u', timestamp: 'yesterday' },
    { type: 'wish', id: 'web-2', userId: 'u' },
  ]);
  await send(keys.THROUGHLINE_SERVER_KEY, [
    { type: 'track', event: 'Sold', id: 'till-1', userId: 'u', timestamp: 'last week' },
  ]);
  await until(async () => (await pool.query('select 1 from ingest.rejected_touchpoint')).rowCount === 3);
});
afterAll(async () => {
  await ingest.kill();
  await pool.end();
  await database.drop();
});

async function send(key: string, items: unknown[]): Promise<void> {
  const answer = await fetch(`${ingest.url}/v1/touchpoints`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(items),
  });
  expect(await answer.json()).toMatchObject({ accepted: 0 });
}

async function rejected(...more: string[]): Promise<{ code: number | null; said: string }> {
  const command = startCommand(['rejected', '--ingest-url', ingest.url, ...more]);
  const code = await command.ended;
  expect(command.said()).not.toContain(keys.THROUGHLINE_ADMIN_KEY);
  expect(command.said()).not.toMatch(/^ {4}at /m);
  return { code, said: command.said() };
}

interface Item {
  rejectionId: string;
  id: string;
  source: string;
  code: string;
}

async function list(...filters: string[]): Promise<Item[]> {
  const { code, said } = await rejected(...filters, '--json');
  expect(code).toBe(0);
  return JSON.parse(said) as Item[];
}

describe('the rejected items', () => {
  test('are listed by source, reason and time', async () => {
    expect((await list()).map(({ id }) => id).toSorted()).toEqual(['till-1', 'web-1', 'web-2']);
    expect(await list('--source', 'server')).toMatchObject([{ id: 'till-1', code: 'invalid_time' }]);
    expect(await list('--code', 'unknown_type')).toMatchObject([{ source: 'website' }]);
    expect(await list('--from', '2026-01-01')).toHaveLength(3);
    expect(await list('--to', '2026-01-01T00:00:00+02:00')).toEqual([]);
  });

  test('are a table of one line each', async () => {
    const { said } = await rejected('list');
    expect(said.trim().split('\n')).toHaveLength(4);
    expect(said).toMatch(/ {2}website {2,}invalid_time \(timestamp\) {2,}web-1\n/);
    const { said: some } = await rejected('--limit', '1');
    expect(some).toContain('There are more');
  });

  test('are shown with what was sent', async () => {
    const [item] = await list('--source', 'server');
    const { code, said } = await rejected('show', item?.rejectionId ?? '');
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({
      id: 'till-1',
      body: expect.stringContaining('last week') as string,
    });
  });

  test('are decided again, and only what was not accepted yet', async () => {
    // As if the rule had changed: what was sent is readable now.
    await pool.query(
      `update ingest.rejected_touchpoint set body = replace(body, 'last week', '2026-03-01T10:00:00Z')`,
    );
    const dry = await rejected('resubmit', '--code', 'invalid_time', '--dry-run');
    expect(dry.code).toBe(2);
    expect(dry.said).toContain('1 would be accepted, 1 refused again (invalid_time 1).');
    const again = await rejected('resubmit', '--code', 'invalid_time');
    expect(again.code).toBe(2);
    expect(again.said).toContain('of 2 at most');
    expect(again.said).toContain('1 accepted, 1 refused again (invalid_time 1).');
    const none = await rejected('resubmit', '--source', 'server');
    expect(none).toMatchObject({
      code: 0,
      said: expect.stringContaining('0 accepted, 0 refused again.') as string,
    });
    const [web] = await list('--source', 'website', '--code', 'invalid_time');
    const named = await rejected('resubmit', web?.rejectionId ?? '', '--dry-run');
    expect(named.code).toBe(2);
    expect(named.said).toContain('0 would be accepted, 1 refused again, 0 not decided.');
    expect(named.said).toMatch(/refused: invalid_time: timestamp: /);
    const { said: jobs } = await rejected('resubmissions');
    expect(jobs.trim().split('\n')).toHaveLength(4);
    expect(jobs).toMatch(/ {2}done, dry run {2,}invalid_time {2,}1 would be accepted/);
    const [id = ''] = /[0-9a-f-]{36}/.exec(again.said) ?? [];
    const cancelled = await rejected('cancel', id);
    expect(cancelled).toMatchObject({
      code: 1,
      said: expect.stringContaining('409 resubmission_conflict') as string,
    });
    expect((await rejected('list', '--source', 'server')).said).toContain('accepted since');
    const unknown = await rejected('resubmit', '00000000-0000-4000-8000-000000000000');
    expect(unknown).toMatchObject({
      code: 2,
      said: expect.stringContaining('404 rejection_not_found') as string,
    });
    expect(await list()).toHaveLength(3);
  });

  test('are counted by hour or day, source and reason', async () => {
    const { code, said } = await rejected('counts', '--per', 'day');
    expect(code).toBe(0);
    expect(said.trim().split('\n')).toHaveLength(4);
    expect(said).toMatch(/T00:00:00.000Z {2}website {2,}unknown_type {2,}1\n/);
    expect((await rejected('counts', '--source', 'server')).said.trim().split('\n')).toHaveLength(2);
    expect(await rejected('counts', '--to', '2026-01-01')).toEqual({ code: 0, said: 'There is none.\n' });
  });

  test('are not resubmitted all at once by an oversight', async () => {
    const { code, said } = await rejected('resubmit');
    expect(code).toBe(1);
    expect(said).toContain('--all');
  });

  test('are for the admin key only, and an ingest that is away has no stack', async () => {
    const forbidden = await rejected('list', '--key', keys.THROUGHLINE_READ_KEY);
    expect(forbidden).toMatchObject({ code: 1, said: expect.stringContaining('answered 403') as string });
    const away = await rejected('list', '--ingest-url', `http://127.0.0.1:${await findFreePort()}`);
    expect(away.code).toBe(1);
    expect(away.said).toContain('does not answer (ECONNREFUSED)');
  });

  test.each([
    [['list', '--from', 'soon'], '--from'],
    [['list', '--from', '2026-03-01T10:00:00'], '--from'],
    [['list', '--limit', '0'], '--limit'],
    [['delete'], 'list, show'],
  ])('are not asked for by %j', async (more, message) => {
    const { code, said } = await rejected(...more);
    expect(code).toBe(1);
    expect(said).toContain(message);
  });
});
