/** The rules as Prometheus itself reads them, and the alerts that come of given series. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const directory = path.join(import.meta.dirname, '..');

function run(...argv: string[]): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', argv, { cwd: directory, encoding: 'utf8' });
  return { code: status, said: `${stdout}${stderr}` };
}

/** Of Debian's package `prometheus`. Where it is not there, the suite skips with a loud line; with `CI=true` that fails. */
function hasPromtool(): boolean {
  if (spawnSync('promtool', ['--version']).error === undefined) return true;
  const message = 'the alert rules cannot be tested: promtool is not installed (Debian: prometheus)';
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`\n***** SKIPPED: ${message} *****\n`);
  return false;
}

describe.runIf(hasPromtool())('promtool', () => {
  test('takes every rule', () => {
    expect(run('check', 'rules', 'alerts.yml')).toMatchObject({
      code: 0,
      said: expect.stringContaining('SUCCESS'),
    });
  });

  test('finds the alerts that the series have to raise, and no others', () => {
    expect(run('test', 'rules', 'alerts.test.yml')).toMatchObject({ code: 0 });
  });
});
