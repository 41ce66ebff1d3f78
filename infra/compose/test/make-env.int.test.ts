import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkout, loadComposeFile, parseEnvFile } from './compose-file.ts';

const run = promisify(execFile);
const command = path.join(checkout, 'infra/compose/src/make-env.ts');
const directory = mkdtempSync(path.join(tmpdir(), 'throughline-env-'));
const file = path.join(directory, '.env');

beforeAll(async () => {
  await run(process.execPath, [command, file]);
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('pnpm compose:env', () => {
  test('makes all that docker-compose.yml asks for', () => {
    const made = parseEnvFile(readFileSync(file, 'utf8'));
    expect(Object.keys(loadComposeFile('docker-compose.yml', made).services)).toContain('ingest');
  });

  test('makes a file that only its owner can read', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('leaves a file that is there as it is, and says so', async () => {
    const before = readFileSync(file, 'utf8');
    await expect(run(process.execPath, [command, file])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was left as it is') as unknown,
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('make-env prints no secret', async () => {
    const { stdout } = await run(process.execPath, [command, path.join(directory, 'another')]);
    const made = parseEnvFile(readFileSync(path.join(directory, 'another'), 'utf8'));
    expect(Object.values(made).filter((secret) => stdout.includes(secret))).toEqual([]);
  });

  test('has its file kept out of the repository', async () => {
    await run('git', ['check-ignore', '--quiet', '.env'], { cwd: checkout });
  });
});
