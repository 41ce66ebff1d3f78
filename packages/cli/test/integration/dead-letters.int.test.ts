/** What identity has set aside, listed and replayed by the command on its real routes. */
import { createPool } from '@throughline/postgres';
import { createTestDatabase, findFreePort, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import { keys, startCommand, startService, until, type ServiceProcess } from './service-process.ts';

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let identity: ServiceProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.connectionString,
    applicationName: 'cli-test',
    onError: () => {},
  });
  identity = await startService('identity', database.connectionString, await findFreePort());
});
beforeEach(() => pool.query('truncate identity.dead_letter restart identity'));
afterAll(async () => {
  await identity.kill();
  await pool.end();
  await database.drop();
});

/** As the consumer saves them, `count` at a time; none of them can be read, so a replay sets each aside again. */
async function saveLetters(
  count: number,
  state: DeadLetter['state'],
  code = 'unreadable_record',
): Promise<void> {
  await pool.query(
    `insert into identity.dead_letter
       (group_name, topic, partition, record_offset, key, value, state, code, message, touchpoint_source, touchpoint_id)
     select 'identity', 'touchpoints.v1', 0, 1000000 + n, 'k', convert_to($3 || n, 'UTF8'), $2, $3,
       E'no \\u001b[2J JSON', 'shop', 'order-' || n
     from generate_series(1, $1::int) as n`,
    [count, state, code],
  );
}

const countOf = async (state: string): Promise<number> =>
  (await pool.query(`select from identity.dead_letter where state = $1`, [state])).rowCount ?? 0;

async function run(argv: readonly string[], environment?: Record<string, string>) {
  const command = startCommand(['deadletters', ...argv, '--identity-url', identity.url], environment);
  return { code: await command.ended, said: command.said() };
}

async function ask(path: string, key: string, body?: unknown) {
  const response = await fetch(`${identity.url}/v1/dead-letters${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('deadletters list', () => {
  test('shows each letter with its reason, and no control character of a stranger', async () => {
    await saveLetters(2, 'dead');
    const { code, said } = await run(['list', '--service', 'identity']);
    expect(code).toBe(0);
    expect(said).toContain('identity 2  dead  unreadable_record');
    expect(said).toContain('identity at touchpoints.v1/0/1000002  touchpoint order-2 of shop');
    expect(said).toContain('no  [2J JSON');
    expect(said).not.toContain('\u001b');
  });

  test('goes through all pages, newest first, and leaves out what the filter does not want', async () => {
    await saveLetters(130, 'dead');
    await saveLetters(5, 'stuck', 'record_failed');
    await saveLetters(3, 'replayed', 'unknown_kind');
    const list = async (...argv: string[]) => {
      const { said } = await run(['list', '--service', 'identity', '--json', ...argv]);
      return (JSON.parse(said) as { identity: DeadLetter[] }).identity;
    };
    const all = await list('--limit', '1000');
    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 135 }, (_, index) => 135 - index));
    expect(await list('--limit', '120')).toHaveLength(120);
    expect(await list('--state', 'stuck')).toHaveLength(5);
    expect(await list('--code', 'unknown_kind', '--state', 'replayed')).toHaveLength(3);
    expect(await list('--group', 'another')).toEqual([]);
  });

  test('says that there is none, that a key is missing, and what an option may be', async () => {
    expect(await run(['list', '--service', 'identity'])).toEqual({ code: 0, said: 'No dead letters.\n' });
    const { THROUGHLINE_ADMIN_KEY: _admin, ...others } = keys;
    expect(await run(['list'], others)).toMatchObject({
      code: 1,
      said: expect.stringContaining('an admin key is needed') as string,
    });
    expect(await run(['list', '--service', 'identity', '--code', 'odd'])).toMatchObject({
      code: 1,
      said: expect.stringContaining('400 invalid_parameter') as string,
    });
  });
});

describe('deadletters replay', () => {
  test('appends the named ones again; what fails again is a new letter', async () => {
    await saveLetters(3, 'dead');
    expect(await run(['replay', 'identity', '1', '3'])).toEqual({ code: 0, said: 'Replayed: identity 2\n' });
    await until(async () => (await countOf('dead')) === 3);
    expect(await countOf('replayed')).toBe(2);
    const { rows } = await pool.query(
      `select id::int, replays from identity.dead_letter where state = 'replayed' order by id`,
    );
    expect(rows).toEqual([
      { id: 1, replays: 1 },
      { id: 3, replays: 1 },
    ]);
  });

  test('comes to an end with --all, although every record fails again', async () => {
    await saveLetters(230, 'stuck', 'record_failed');
    await saveLetters(20, 'dead');
    const { code, said } = await run(['replay', '--all', '--service', 'identity', '--json']);
    expect({ code, said: JSON.parse(said) as unknown }).toEqual({
      code: 0,
      said: { replayed: { identity: 250 } },
    });
    await until(async () => (await countOf('dead')) === 250);
    expect(await countOf('replayed')).toBe(250);
  });

  test('with a filter leaves the others, and without ids or a filter is refused', async () => {
    await saveLetters(4, 'stuck', 'record_failed');
    await saveLetters(2, 'waiting', 'unknown_kind');
    const { said } = await run(['replay', '--code', 'unknown_kind', '--service', 'identity']);
    expect(said).toBe('Replayed: identity 2\n');
    expect(await countOf('stuck')).toBe(4);
    expect((await run(['replay'])).code).toBe(1);
    expect((await run(['replay', 'identity', '1', '--all'])).code).toBe(1);
    expect((await run(['replay', 'identity', '999'])).said).toContain('404 dead_letter_not_found');
  });
});

describe('the routes of dead letters', () => {
  test('need an admin key', async () => {
    for (const key of [keys.THROUGHLINE_READ_KEY, keys.THROUGHLINE_SERVER_KEY, keys.THROUGHLINE_WRITE_KEY]) {
      expect((await ask('', key)).status).toBe(403);
      expect((await ask('/replay', key, {})).status).toBe(403);
    }
    expect((await ask('', 'ak_unknown_0123456789abcdef0123456789ab')).status).toBe(401);
  });

  test('give one with its bytes, and answer what is forged with 400 or 404', async () => {
    await saveLetters(1, 'dead');
    const key = keys.THROUGHLINE_ADMIN_KEY;
    expect((await ask('/1', key)).body).toMatchObject({ id: 1, key: 'k', value: 'unreadable_record1' });
    for (const id of ['0', '-1', '1e3', 'x', '99999999999999999999', '%00']) {
      expect((await ask(`/${id}`, key)).status, id).toBe(404);
      expect((await ask(`/${id}/replay`, key, {})).status, id).toBe(404);
    }
    for (const query of [
      'cursor=x',
      'cursor=99999999999999999999',
      'limit=0',
      'limit=101',
      'state=odd',
      'extra=1',
    ]) {
      expect((await ask(`?${query}`, key)).status, query).toBe(400);
    }
    expect((await ask('/replay', key, { cursor: '1; drop table x' })).status).toBe(400);
  });
});
