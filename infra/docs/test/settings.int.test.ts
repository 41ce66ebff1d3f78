import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '@throughline/testkit';
import { expect, test } from 'vitest';
import { settingNames } from '../../../packages/runtime/src/setting-names.ts';
import { settings } from '../src/settings-catalog.ts';
import { settingsPage } from '../src/settings-page.ts';

const checkout = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(checkout, file), 'utf8');
const run = promisify(execFile);

const required = {
  ...childEnvironment(),
  DATABASE_URL: 'postgres://localhost/shop',
  THROUGHLINE_IDENTITY_SECRET: 'a-secret-for-tests-only-0123456789',
  THROUGHLINE_WRITE_KEY: 'wk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_SERVER_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_READ_KEY: 'rk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_ADMIN_KEY: 'ak_test_0123456789abcdef0123456789abcdef',
};

async function printed(service: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const file = path.join(checkout, `services/${service}/src/main.ts`);
  const { stdout } = await run(process.execPath, [file, '--print-settings'], {
    env: { ...required, ...environment },
  });
  return stdout;
}

test('the page of settings is what its catalogue makes of it', () => {
  expect(read('infra/docs/settings.md')).toBe(settingsPage());
});

test('the catalogue has the settings that are read, and no others', () => {
  const readers = globSync(
    '{{services,infra/stack}/{*/,}src/config,packages/runtime/src/{*/,}*config,packages/runtime/src/json-variable}.ts',
    { cwd: checkout },
  );
  const found = new Set(
    readers.flatMap((file) =>
      [...read(file).matchAll(/'((?:THROUGHLINE|KAFKA|OTEL)_[A-Z_]+[A-Z]|DATABASE_URL|LOG_LEVEL)'/g)].map(
        ([, name = '']) => name,
      ),
    ),
  );
  // Set by start for its services, never by a person.
  found.delete('THROUGHLINE_KEYS_GENERATED');
  const names = settings.flatMap((setting) => setting.names);
  expect(new Set(names).size).toBe(names.length);
  // Keys, ports and addresses are read by names that are put together.
  const composed = names.filter((name) => /_(?:KEY|PORT|URL)$/.test(name));
  expect([...new Set([...found, ...composed])].toSorted()).toEqual(names.toSorted());
  expect(settingNames.toSorted()).toEqual(names.toSorted());
});

test('the documented defaults are what the services come to without them', async () => {
  const documented = Object.assign({}, ...settings.map((setting) => setting.sameAsUnset)) as Record<
    string,
    string
  >;
  expect(Object.keys(documented).length).toBeGreaterThan(15);
  for (const service of ['ingest', 'identity', 'metrics']) {
    const unset = await printed(service, {});
    expect(await printed(service, documented)).toBe(unset);
    expect(unset).not.toContain('0123456789abcdef');
    expect(await printed(service, { THROUGHLINE_STALL_SECONDS: '61' })).not.toBe(unset);
  }
});
