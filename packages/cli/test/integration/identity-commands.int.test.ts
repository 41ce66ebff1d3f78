/** The commands about what identity holds, on the real routes of identity and ingest. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
  directory = mkdtempSync(path.join(tmpdir(), 'throughline-erase-'));
  database = await createTestDatabase();
  const port = await findFreePort();
  ingest = await startService('ingest', database.connectionString, port);
  identity = await startService('identity', database.connectionString, await findFreePort(), {
    THROUGHLINE_INGEST_PORT: String(port),
  });
});
afterAll(async () => {
  await Promise.all([ingest.kill(), identity.kill()]);
  await database.drop();
  rmSync(directory, { recursive: true });
});

async function run(...argv: string[]): Promise<{ code: number | null; said: string }> {
  const command = startCommand([...argv, '--identity-url', identity.url]);
  const code = await command.ended;
  expect(command.said()).not.toContain(keys.THROUGHLINE_ADMIN_KEY);
  expect(command.said()).not.toMatch(/^ {4}at /m);
  return { code, said: command.said() };
}

/** A customer with an e-mail address, whom a website has linked to a cookie that was there before. */
async function customer(name: string): Promise<void> {
  const traits = { email: `${name}@example.org` };
  await send(keys.THROUGHLINE_SERVER_KEY, {
    id: name,
    event: 'Signed Up',
    userId: name,
    context: { traits },
  });
  const anonymousId = `${name}-cookie`;
  await send(keys.THROUGHLINE_WRITE_KEY, { event: 'Visited', anonymousId });
  await send(keys.THROUGHLINE_WRITE_KEY, { event: 'Visited', userId: name, anonymousId });
  await until(async () => (await touchpointCount(name)) === 3);
}

async function send(key: string, item: object): Promise<void> {
  const response = await fetch(`${ingest.url}/v1/touchpoints`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'track', ...item }),
  });
  expect(response.status).toBe(200);
}

/** Null when there is no profile. */
async function touchpointCount(name: string): Promise<number | null> {
  const response = await fetch(`${identity.url}/v1/profiles/user_id:${name}`, {
    headers: { authorization: `Bearer ${keys.THROUGHLINE_READ_KEY}` },
  });
  if (response.status === 404) return null;
  return ((await response.json()) as { touchpointCount: number }).touchpointCount;
}

async function policyFile(name: string, change: object): Promise<string> {
  const shown = JSON.parse((await run('policy')).said) as object;
  const file = path.join(directory, name);
  writeFileSync(file, JSON.stringify({ ...shown, ...change }));
  return file;
}

const founderOf = async (ref: string): Promise<string> => {
  const response = await fetch(`${identity.url}/v1/profiles/${ref}`, {
    headers: { authorization: `Bearer ${keys.THROUGHLINE_READ_KEY}` },
  });
  return ((await response.json()) as { id: string }).id;
};

test('a policy is tried on the history, reported, and discarded without a trace', async () => {
  await customer('pam');
  const file = await policyFile('desk.json', { blocked: { block: { email: ['pam@example.org'] } } });
  const checked = await run('policy', 'check', file, '--note', 'a desk', '--author', 'desk 4');
  expect(checked.code).toBe(0);
  expect(checked.said).toMatch(/^version 2 \(policy\): evaluated, not in force$/m);
  expect(checked.said).toMatch(/^made at 2.* by desk 4 with .*: a desk$/m);
  expect(checked.said).toMatch(/^ {2}identifiers in another profile: 1\n/m);
  expect(checked.said).toMatch(/^ {2}user_id:pam parts into .*email:pam@example\.org$/m);
  expect(checked.said).toContain('Key figures: ');
  expect(await run('policy', 'check', file)).toMatchObject({
    code: 1,
    said: expect.stringContaining('rules_conflict'),
  });
  const reported = JSON.parse((await run('policy', 'report', '--json')).said) as object;
  expect(reported).toMatchObject({ version: 2, report: { profilesParted: 1 } });
  const discarded = await run('policy', 'discard');
  expect(discarded).toMatchObject({
    code: 0,
    said: expect.stringContaining('version 2 (policy): discarded'),
  });
  expect(await founderOf('email:pam@example.org')).toBe(await founderOf('user_id:pam'));
});

test('a policy is put in force as a whole, and the one before it again', async () => {
  await customer('pat');
  const before = await policyFile('before.json', {});
  const file = await policyFile('limit.json', { blocked: { block: { email: ['pat@example.org'] } } });
  const made = await run('policy', 'check', file, '--no-wait', '--json');
  const { version } = JSON.parse(made.said) as { version: number };
  const switched = await run('policy', 'switch');
  expect(switched.code).toBe(0);
  expect(switched.said).toMatch(new RegExp(`^version ${version} .*: in force since 2`, 'm'));
  expect(await founderOf('email:pat@example.org')).not.toBe(await founderOf('user_id:pat'));
  const shown = await run('policy', 'show', '--json');
  expect(JSON.parse(shown.said)).toMatchObject({ version, state: 'in_force' });

  await run('policy', 'check', before, '--no-wait');
  expect((await run('policy', 'switch', String(version + 1))).code).toBe(0);
  expect(await founderOf('email:pat@example.org')).toBe(await founderOf('user_id:pat'));
  const { said } = await run('policy', 'list');
  expect(said).toMatch(new RegExp(`^${version} +policy +replaced`, 'm'));
  expect(said).toMatch(/^1 +first +replaced/m);
});

test('a profile is shown, and erased only with --yes', async () => {
  await customer('ann');
  const shown = await run('erase', 'user_id:ann');
  expect(shown.code).toBe(1);
  expect(shown.said).toContain('  user_id:ann\n');
  expect(shown.said).toContain('Nothing is erased');
  expect(await touchpointCount('ann')).toBe(3);
  const erased = await run('erase', 'user_id:ann', '--yes', '--wait', '--author', 'ticket 7');
  expect(erased.code).toBe(0);
  expect(erased.said).toMatch(/^erasure .* of profile .*: done at 2/m);
  expect(erased.said).toMatch(/^ {2}touchpoints dropped: 2$/m);
  expect(erased.said).toMatch(/stay until they are confirmed: 1\n {2}anonymous_id:ann-cookie$/m);
  expect(erased.said).toContain('backups made before the erasure');
  expect(await touchpointCount('ann')).toBeNull();
});

test('--suppress and --include-public hold, and the confirmation is JSON with --json', async () => {
  await customer('bob');
  const { code, said } = await run(
    'erase',
    'user_id:bob',
    '--yes',
    '--suppress',
    '--include-public',
    '--json',
  );
  expect([code, JSON.parse(said)]).toMatchObject([
    0,
    { extent: { count: 3 }, unconfirmed: { count: 0 }, suppression: { state: 'active' } },
  ]);
});

test('erasures are listed and shown, what is left is confirmed, and a suppression is lifted', async () => {
  await customer('fritz');
  const idOf = (said: string): string => (JSON.parse(said) as { id: string }).id;
  const id = idOf((await run('erase', 'user_id:fritz', '--yes', '--suppress', '--json')).said);

  const shown = await run('erase', 'show', id, '--wait');
  expect(shown).toMatchObject({ code: 0, said: expect.stringMatching(/: done at 2/) });
  const asked = await run('erase', 'confirm', id);
  expect(asked.code).toBe(1);
  expect(asked.said).toMatch(/^ {2}[0-9a-f-]{36} {2}anonymous_id:fritz-cookie\nNothing is erased/m);
  const [cookie = ''] = /[0-9a-f-]{36}(?= {2}anonymous)/.exec(asked.said) ?? [];
  const confirmed = await run('erase', 'confirm', id, '--identifiers', cookie, '--yes', '--json');
  expect([confirmed.code, JSON.parse(confirmed.said)]).toMatchObject([
    0,
    { follows: id, extent: { count: 1 } },
  ]);
  expect(await run('erase', 'confirm', id, '--yes')).toMatchObject({
    code: 1,
    said: expect.stringContaining('none of these waits'),
  });

  const lifted = await run('erase', 'lift', id);
  expect(lifted).toMatchObject({ code: 0, said: expect.stringMatching(/^Kept out since .*: lifted$/m) });
  const { code, said } = await run('erase', 'list');
  expect(code).toBe(0);
  expect(said).toMatch(new RegExp(`^${id} .* lifted$`, 'm'));
  const listed = JSON.parse((await run('erase', 'list', '--json')).said) as { id: string }[];
  expect(listed.map((one) => one.id)).toEqual(expect.arrayContaining([id, idOf(confirmed.said)]));
});

test('erasures are kept in a file without a value, and put back from it where the database lacks them', async () => {
  const file = path.join(directory, 'erasures.ndjson');
  expect(await run('erasures', 'save', file)).toMatchObject({ code: 0 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const saved = readFileSync(file, 'utf8');
  expect(saved).not.toMatch(/bob|example/);
  const records = saved
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; at: string });
  expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).toSorted());
  // One that this database does not know, of a person whom nothing has named yet.
  const id = '00000000-0000-4000-8000-000000000001';
  const lacking = {
    ...records[0],
    id,
    profile: id,
    extent: [id],
    unconfirmed: [],
    at: '2026-01-01T00:00:00.000Z',
  };
  writeFileSync(file, `${saved}${JSON.stringify(lacking)}\n`);
  const restored = await run('erasures', 'restore', file);
  expect(restored).toMatchObject({
    code: 0,
    said: expect.stringContaining(`${records.length + 1} erasures`),
  });
  await run('erasures', 'save', file);
  expect(readFileSync(file, 'utf8')).toContain(id);
  writeFileSync(file, 'no record\n');
  expect(await run('erasures', 'restore', file)).toMatchObject({
    code: 1,
    said: expect.stringContaining('line 1'),
  });
});

test('what would be erased, and what erasures and exports have written, are had as JSON', async () => {
  await customer('gerd');
  const shown = await run('erase', 'user_id:gerd', '--json');
  expect([shown.code, JSON.parse(shown.said)]).toMatchObject([
    1,
    { erased: false, profile: { touchpointCount: 3 } },
  ]);
  const [kept, exported] = [path.join(directory, 'kept.ndjson'), path.join(directory, 'gerd.json')];
  const saved = JSON.parse((await run('erasures', 'save', kept, '--json')).said) as Record<string, unknown>;
  expect(saved).toEqual({ action: 'save', file: kept, erasures: expect.any(Number) as number });
  const { said } = await run('export', 'user_id:gerd', '--out', exported, '--json');
  expect(JSON.parse(said)).toEqual({ file: exported, format: 'json', complete: true });
});

test('an erasure that still runs at the timeout ends the command with 2', async () => {
  await customer('carl');
  await ingest.kill();
  const { code, said } = await run('erase', 'user_id:carl', '--yes', '--wait', '--timeout', '1');
  expect(code).toBe(2);
  expect(said).toContain('running, at the step');
  ingest = await startService('ingest', database.connectionString, Number(new URL(ingest.url).port));
});

test('an export goes to a file of its owner, which is not written over, or to the standard output', async () => {
  await customer('dora');
  const file = path.join(directory, 'dora.json');
  expect(await run('export', 'user_id:dora', '--out', file)).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    complete: true,
    touchpoints: expect.arrayContaining([
      expect.objectContaining({ touchpoint: expect.objectContaining({ id: 'dora' }) }),
    ]),
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await run('export', 'user_id:dora', '--out', file);
  expect(again).toMatchObject({ code: 1, said: expect.stringContaining('exists already') });
  const { code, said } = await run('export', 'user_id:dora', '--ndjson');
  expect(code).toBe(0);
  const lines = said.trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toContain('touchpoints');
  expect(lines.at(-1)).toBe('{"kind":"end","complete":true}');
});

test('an export that another one is writing is left alone', async () => {
  await customer('emil');
  const file = path.join(directory, 'emil.json');
  writeFileSync(`${file}.partial`, 'of another');
  const { code, said } = await run('export', 'user_id:emil', '--out', file);
  expect([code, said]).toEqual([1, expect.stringContaining('another export')]);
  expect(readFileSync(`${file}.partial`, 'utf8')).toBe('of another');
});

test.each([
  [['erase'], '<ref>'],
  [['erase', 'user_id:never-seen', '--yes'], 'profile_not_found'],
  [['erase', 'user_id:x', '--timeout', '0'], '7200'],
  [['erase', 'user_id:x', 'user_id:y'], '<ref>'],
  [['erase', 'show'], '<id>'],
  [['erase', 'show', 'none-of-them'], 'erasure_not_found'],
  [['erase', 'lift', '0f8fad5b-d9cb-469f-a165-70867728950e'], 'erasure_not_found'],
  [['policy', 'switch'], 'no version is in work'],
  [['policy', 'report', '99'], 'policy_not_found'],
  [['policy', 'report', 'two'], 'number of a version'],
  [['policy', 'check'], '<file>'],
  [['policy', 'check', 'no-such-file.json'], 'no-such-file.json'],
  [['policy', 'check', import.meta.filename], 'no JSON object'],
  [['policy', 'forget'], 'discard is expected'],
  [['policy', 'switch', '--timeout', '0'], '86400'],
  [['export'], '<ref>'],
  [['export', 'user_id:never-seen'], 'profile_not_found'],
  [['export', 'a', 'b'], '<ref>'],
])('what is wrong with %j is said, and the command ends with 1', async (argv, expected) => {
  const { code, said } = await run(...argv);
  expect(code).toBe(1);
  expect(said).toContain(expected);
});
