import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConsumerPool, createPool, findDurability } from '../../src/index.ts';
import { startOwnServer, type OwnServer } from './own-server.ts';

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer({ full_page_writes: 'off' });
});
afterAll(() => server.stop());

async function inSession<T>(
  work: (pool: ReturnType<typeof createPool>) => Promise<T>,
  { parameters = '', create = createPool } = {},
): Promise<T> {
  const pool = create({
    connectionString: `${server.connectionString}${parameters}`,
    applicationName: 'durability-test',
    onError: () => {},
  });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

type Session = Parameters<typeof inSession>[1];
const run = (statement: string): Promise<unknown> => inSession((pool) => pool.query(statement));
const commitOf = (session?: Session): Promise<string> =>
  inSession(async (pool) => {
    const { rows } = await pool.query<{ synchronous_commit: string }>('show synchronous_commit');
    return rows[0]?.synchronous_commit ?? '';
  }, session);

describe('a connection', () => {
  const given = (value: string): Session => ({
    parameters: `?options=${encodeURIComponent(`-c synchronous_commit=${value}`)}`,
  });

  test('waits for the disk where the URL, the role, the database or the server says that it should not', async () => {
    expect(await commitOf(given('off'))).toBe('on');
    expect(await commitOf({ ...given('off'), create: createConsumerPool })).toBe('on');
    for (const owner of [
      'role throughline',
      'database throughline',
      'role throughline in database throughline',
    ]) {
      await run(`alter ${owner} set synchronous_commit = off`);
      try {
        expect(await commitOf(), owner).toBe('on');
        expect(await inSession(findDurability), owner).toMatchObject({ isCommitCorrected: true });
      } finally {
        await run(`alter ${owner} reset synchronous_commit`);
      }
    }
  });

  test('keeps a commit that waits for this disk and not for a standby', async () => {
    expect(await commitOf(given('local'))).toBe('local');
    expect(await commitOf()).toBe('on');
  });
});

test('the settings that no session can change are found, and those that are on are not', async () => {
  expect(await inSession(findDurability)).toEqual({
    lossySettings: ['full_page_writes'],
    isCommitCorrected: false,
  });
});
