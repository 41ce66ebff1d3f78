import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPool, silentLog, startEmbeddedPostgres, type EmbeddedPostgres } from '@throughline/postgres';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, createLogger } from '../src/index.ts';
import { durabilityCheck, requireDurableDatabase } from '../src/service/require-durable-database.ts';

let directory: string;
let server: EmbeddedPostgres;
let pool: Pool;
const lines: string[] = [];
const logger = createLogger({
  service: 'durability-test',
  level: 'info',
  destination: { write: (line: string) => void lines.push(line) },
});

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'throughline-durable-'));
  chmodSync(directory, 0o755);
  server = await startEmbeddedPostgres({ dataDirectory: path.join(directory, 'home'), log: silentLog });
  pool = connect();
});
afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

function connect(parameters = ''): Pool {
  return createPool({
    connectionString: `${server.connectionString}${parameters}`,
    applicationName: 'durability-test',
    onError: () => {},
  });
}

/** Settings on the command line cannot be changed by a reload, so the server is started over. */
async function restartWith(settings: Record<string, string>): Promise<void> {
  await pool.end();
  await server.stop();
  const dataDirectory = path.join(directory, 'home');
  server = await startEmbeddedPostgres({ dataDirectory, log: silentLog, settings });
  pool = connect();
}

const strict = { allowNonDurableDatabase: false };

describe('a service', () => {
  test('starts on a database that writes durably, and says nothing of it', async () => {
    await requireDurableDatabase(pool, strict, logger);
    expect(await durabilityCheck(pool, strict)()).toBe('ok');
    expect(lines).toEqual([]);
  });

  test('says that its commits are corrected', async () => {
    const hasty = connect(`?options=${encodeURIComponent('-c synchronous_commit=off')}`);
    try {
      await requireDurableDatabase(hasty, strict, logger);
      expect(lines.join('')).toContain('"event":"database.commit_corrected"');
      expect(await durabilityCheck(hasty, strict)()).toBe('synchronous_commit_corrected');
    } finally {
      await hasty.end();
    }
  });

  test('refuses a database without fsync, unless that is accepted by name', async () => {
    await restartWith({ fsync: 'off' });
    const refused = requireDurableDatabase(pool, strict, logger);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(/fsync=off.*THROUGHLINE_ALLOW_NON_DURABLE_DATABASE=true/);
    await expect(durabilityCheck(pool, strict)()).rejects.toMatchObject({ code: 'fsync_off' });

    const accepting = { allowNonDurableDatabase: true };
    await requireDurableDatabase(pool, accepting, logger);
    expect(lines.join('')).toContain('"event":"database.not_durable"');
    expect(await durabilityCheck(pool, accepting)()).toBe('fsync_off');
  });
});
