import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createPool } from '@throughline/postgres';
import {
  createTestDatabase,
  type FaultProxy,
  findFreePort,
  startFaultProxy,
  type TestDatabase,
} from '@throughline/testkit';
import type { ReplayState } from '../../src/core/replay-state.ts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { keys, startCommand, startService, until, type ServiceProcess } from './service-process.ts';

let database: TestDatabase;
let ports: [ingest: number, identity: number, metrics: number];
let ingest: ServiceProcess;
let identity: ServiceProcess;
let folder: string;
let pool: ReturnType<typeof createPool>;

const mapping = {
  format: { type: 'csv' },
  touchpoint: {
    type: 'track',
    event: 'Order Completed',
    id: '{id}',
    userId: '{customer}',
    timestamp: { $time: '{day}', zone: 'UTC', at: '12:00' },
    properties: { revenue: { $column: 'amount', as: 'number' }, currency: 'EUR' },
  },
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'throughline-replay-'));
  writeFileSync(path.join(folder, 'mapping.json'), JSON.stringify(mapping));
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.connectionString,
    applicationName: 'cli-test',
    onError: () => {},
  });
  ports = [await findFreePort(), await findFreePort(), await findFreePort()];
  ingest = await startService('ingest', database.connectionString, ports[0]);
  identity = await startService('identity', database.connectionString, ports[1]);
});
afterAll(async () => {
  await ingest.kill();
  await identity.kill();
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const row = (name: string, number: number): string =>
  `${name}-${number},c${number % 97},2026-03-01,${number % 50}.25`;

function writeRows(name: string, count: number, more: readonly string[] = []): string {
  const file = path.join(folder, `${name}.csv`);
  const rows = Array.from({ length: count }, (_value, index) => row(name, index + 1));
  writeFileSync(file, ['id,customer,day,amount', ...more, ...rows, ''].join('\n'));
  return file;
}

const replayTo = (url: string, file: string, ...more: string[]) =>
  startCommand([
    'replay',
    file,
    '--mapping',
    path.join(folder, 'mapping.json'),
    '--ingest-url',
    url,
    ...more,
  ]);
const replay = (file: string, ...more: string[]) => replayTo(ingest.url, file, ...more);

/** Before ingest: lets a replay get into its middle, and no further until it is released. */
async function startGate(): Promise<FaultProxy> {
  const gate = await startFaultProxy({ target: ingest.url });
  onTestFinished(() => gate.stop());
  gate.inject(['none', 'none', ...Array.from({ length: 100 }, () => 'held' as const)]);
  return gate;
}

const untilHeld = (gate: FaultProxy, file: string): Promise<void> =>
  until(() => gate.requests.length > 2 && existsSync(`${file}.throughline-replay.json`));

const stateOf = (file: string) =>
  JSON.parse(readFileSync(`${file}.throughline-replay.json`, 'utf8')) as ReplayState;

/** What identity has stored of a file, once everything accepted is in: ids, and the amount of records it had to read. */
async function storedIds(name: string): Promise<string[]> {
  await until(async () => {
    const answer = await fetch(`${identity.url}/v1/freshness`, {
      headers: { authorization: `Bearer ${keys.THROUGHLINE_READ_KEY}` },
    });
    return ((await answer.json()) as { pendingRecords: number | null }).pendingRecords === 0;
  });
  const { rows } = await pool.query<{ id: string }>('select id from identity.touchpoint where id like $1', [
    `${name}-%`,
  ]);
  return rows.map(({ id }) => id);
}

const expectAll = (ids: readonly string[], name: string, count: number): void => {
  expect(ids).toHaveLength(count);
  expect(new Set(ids)).toEqual(
    new Set(Array.from({ length: count }, (_value, index) => `${name}-${index + 1}`)),
  );
};

describe('a replay', () => {
  test('that is killed in the middle and called again brings every touchpoint exactly once', async () => {
    const file = writeRows('killed', 4_000);
    const gate = await startGate();
    const first = replayTo(gate.url, file, '--concurrency', '3');
    await untilHeld(gate, file);
    first.child.kill('SIGKILL');
    await first.ended;
    // What was under way arrives late.
    gate.release();
    const reached = stateOf(file);
    expect(reached.done).toBe(false);
    expect(reached.position.rows).toBeGreaterThan(0);
    expect(reached.position.rows).toBeLessThan(4_000);

    const second = replayTo(gate.url, file);
    expect(await second.ended).toBe(0);
    expect(second.said()).toContain(`Resumes after row ${reached.position.rows.toLocaleString('en-US')}.`);
    expect(second.said()).toContain('Done: 4,000 accepted, 0 rejected.');
    expectAll(await storedIds('killed'), 'killed', 4_000);

    const third = replayTo(gate.url, file);
    expect(await third.ended).toBe(0);
    expect(third.said()).toContain('was acknowledged as a whole');
    const again = replay(file, '--restart');
    expect(await again.ended).toBe(0);
    expectAll(await storedIds('killed'), 'killed', 4_000);
  });

  test('outlives an ingest that is gone for a while', async () => {
    const file = writeRows('gone', 8_000);
    const running = replay(file, '--concurrency', '2');
    await until(() => existsSync(`${file}.throughline-replay.json`));
    await ingest.kill();
    ingest = await startService('ingest', database.connectionString, ports[0]);
    expect(await running.ended).toBe(0);
    expect(running.said()).toContain('Done: 8,000 accepted, 0 rejected.');
    expectAll(await storedIds('gone'), 'gone', 8_000);
  });

  test('that is interrupted ends what is in flight, and says how to resume', async () => {
    const plain = writeRows('stopped', 4_000);
    // Gzipped, so that resuming has to find its place again.
    const file = `${plain}.gz`;
    writeFileSync(file, gzipSync(readFileSync(plain)));
    const gate = await startGate();
    const running = replayTo(gate.url, file, '--concurrency', '1');
    await untilHeld(gate, file);
    running.child.kill('SIGINT');
    gate.release();
    expect(await running.ended).toBe(130);
    expect(running.said()).toContain('The same command resumes from here.');
    expect(stateOf(file)).toMatchObject({ done: false });
    const second = replayTo(gate.url, file);
    expect(await second.ended).toBe(0);
    expectAll(await storedIds('stopped'), 'stopped', 4_000);
  });

  test('writes what is refused, with its row and reason, and counts it by code', async () => {
    const file = writeRows('refused', 3, [
      'refused-a,c1,2026-03-01,much',
      'refused-b,"c\u200b1",2026-03-01,1.5',
      'refused-c,c1',
      'refused-d,c1,2026-02-30,1.5',
    ]);
    const running = replay(file);
    expect(await running.ended).toBe(2);
    expect(running.said()).toMatch(/Done: 3 accepted, 4 rejected \(.*1 identifier_invalid_characters/);
    const rejectsFile = `${file}.rejected.jsonl`;
    expect(statSync(rejectsFile).mode & 0o777).toBe(0o600);
    const rejects = readFileSync(rejectsFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .sort((one, other) => Number(one['row']) - Number(other['row']));
    expect(rejects).toMatchObject([
      { row: 1, line: 2, code: 'not_a_number', field: 'properties.revenue', fields: { amount: 'much' } },
      {
        row: 2,
        id: 'refused-b',
        code: 'identifier_invalid_characters',
        field: 'userId',
        touchpoint: { id: 'refused-b' },
      },
      { row: 3, code: 'malformed_row' },
      { row: 4, code: 'not_a_time', field: 'timestamp' },
    ]);
    // Again: the file is written from its beginning, not twice as long.
    expect(await replay(file, '--restart').ended).toBe(2);
    expect(readFileSync(rejectsFile, 'utf8').trim().split('\n')).toHaveLength(4);
  });

  test('ends where the file cannot be read on, after what is whole before it', async () => {
    const file = writeRows('unclosed', 3);
    writeFileSync(file, `${readFileSync(file, 'utf8')}"unclosed-4,c1\n`);
    const running = replay(file);
    expect(await running.ended).toBe(1);
    expect(running.said()).toContain(
      'never closed, in line 5.\nUntil then: 3 accepted, 0 rejected.\nCorrect the file',
    );
    expectAll(await storedIds('unclosed'), 'unclosed', 3);
  });

  test('is refused while another one writes the same files, and the other is not disturbed', async () => {
    const file = writeRows('twice', 4_000);
    const gate = await startGate();
    const first = replayTo(gate.url, file, '--concurrency', '1');
    await untilHeld(gate, file);
    const second = replay(file, '--restart');
    expect(await second.ended).toBe(1);
    expect(second.said()).toContain(`is being written by the replay with process id ${first.child.pid}`);
    gate.release();
    expect(await first.ended).toBe(0);
    expect(first.said()).toContain('Done: 4,000 accepted, 0 rejected.');
    expect(existsSync(`${file}.rejected.jsonl.lock`)).toBe(false);
    expectAll(await storedIds('twice'), 'twice', 4_000);
  });

  test('does not resume with a file, a mapping or an ingest that is another', async () => {
    const file = writeRows('changed', 10);
    expect(await replay(file).ended).toBe(0);
    writeFileSync(file, `${readFileSync(file, 'utf8')}${row('changed', 11)}\n`);
    const running = replay(file);
    expect(await running.ended).toBe(1);
    expect(running.said()).toContain('--restart');
    const restarted = replay(file, '--restart', '--json');
    expect(await restarted.ended).toBe(0);
    const json = restarted.said().slice(restarted.said().indexOf('{'));
    expect(JSON.parse(json)).toEqual({
      outcome: 'finished',
      accepted: 11,
      rejected: {},
      skipped: 0,
      rejectsFile: null,
      why: null,
    });
    expectAll(await storedIds('changed'), 'changed', 11);
  });

  test.each([
    ['sk_wrong_0123456789abcdef0123456789abcdef', '401'],
    [keys.THROUGHLINE_READ_KEY, '403'],
  ])('stops at a key that does not open (%#), and never shows it', async (key, status) => {
    const running = replay(writeRows(`key-${status}`, 5), '--key', key);
    expect(await running.ended).toBe(1);
    expect(running.said()).toContain(`ingest answered ${status}`);
    expect(running.said()).not.toContain(key);
  });
});

// The server that the tests start for themselves does not wait for the disk; one that was given may.
test.skipIf(process.env['THROUGHLINE_TEST_DATABASE_URL'] !== undefined)(
  'a service does not start on a database that does not write durably, unless that is accepted by name',
  async () => {
    const refused = startService('ingest', database.connectionString, await findFreePort(), {
      THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: '',
    });
    await expect(refused).rejects.toThrow('ingest ended with 1');
  },
);

describe('the status', () => {
  const status = (...more: string[]) =>
    startCommand(['status', ...more], {
      ...keys,
      THROUGHLINE_INGEST_PORT: String(ports[0]),
      THROUGHLINE_IDENTITY_PORT: String(ports[1]),
      THROUGHLINE_METRICS_PORT: String(ports[2]),
    });

  test('ends with 0 when all services are ready, else with 1', async () => {
    const without = status();
    expect(await without.ended).toBe(1);
    expect(without.said()).toMatch(/metrics +NOT READY/);
    const metrics = await startService('metrics', database.connectionString, ports[2]);
    try {
      const json = status('--json');
      expect(await json.ended).toBe(0);
      expect(JSON.parse(json.said())).toMatchObject({
        ready: true,
        services: [{ name: 'ingest', ready: true }, { name: 'identity' }, { name: 'metrics' }],
        lag: { identity: { pendingRecords: 0 }, metrics: { pendingRecords: expect.any(Number) as number } },
        ingest: { rejected: { identifier_invalid_characters: 2 } },
        deadLetters: 0,
        conflicts: 0,
      });
      expect((JSON.parse(json.said()) as { consumers: unknown[] }).consumers).toContainEqual({
        group: 'identity',
        topic: 'touchpoints.v1',
        partition: 0,
        state: 'idle',
        lagRecords: 0,
        lagSeconds: 0,
      });
      const screen = status();
      expect(await screen.ended).toBe(0);
      expect(screen.said()).toMatch(/profiles +0 +\d{4}-/);
      // The server of the tests does not wait for the disk.
      if (process.env['THROUGHLINE_TEST_DATABASE_URL'] === undefined) {
        expect(screen.said()).toContain('durability: fsync_off');
      }
      for (const key of Object.values(keys)) expect(screen.said() + json.said()).not.toContain(key);
    } finally {
      await metrics.kill();
    }
  });
});
