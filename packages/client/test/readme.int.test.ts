/** The README's blocks, as the program that they say they are, against the real services. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type StartedServices, startServices } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
let services: StartedServices;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

test('the program of the README prints what it is about', async () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(4);
  // Within the package, which refers to itself by its name.
  const directory = mkdtempSync(path.join(root, 'test', 'readme-'));
  try {
    const file = path.join(directory, 'program.ts');
    writeFileSync(file, blocks.join('\n'));
    const { stdout } = await run(process.execPath, [file], {
      env: {
        THROUGHLINE_ADMIN_KEY: services.keys.admin,
        THROUGHLINE_INGEST_URL: services.urls.ingest,
        THROUGHLINE_IDENTITY_URL: services.urls.identity,
        THROUGHLINE_METRICS_URL: services.urls.metrics,
      },
      timeout: 150_000,
    });
    expect(stdout.trim().split('\n')).toEqual([
      '2',
      '404 profile_not_found',
      'order-2',
      'order-1',
      'live 1',
      '30',
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
