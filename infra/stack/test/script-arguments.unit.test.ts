import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ArgumentError, decideArguments, parseNone } from '../src/script-arguments.ts';

const checkout = path.resolve(import.meta.dirname, '../../..');
const { scripts } = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Scripts that run a file of the checkout, by name. */
const own = Object.entries(scripts).flatMap(([name, script]) => {
  const [, file] = /^node (?:--\S+ )*(\S+\.ts)$/.exec(script) ?? [];
  return file === undefined ? [] : [{ name, file }];
});

const run = (file: string, ...given: string[]) =>
  spawnSync(process.execPath, [path.join(checkout, file), ...given], { encoding: 'utf8', cwd: checkout });

describe('every script of the checkout', () => {
  test('is found here', () => {
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['start', 'bench', 'faults']));
  });

  test.each(own)('$name answers --help with its usage, and does nothing else', ({ name, file }) => {
    const { status, stdout, stderr } = run(file, '--', '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: (pnpm ${name}|throughline)\\b`, 'm'));
  });

  test.each(own.filter(({ name }) => ['bench', 'kafka:up'].includes(name)))(
    '$name answers an option that it does not have with one line',
    ({ name, file }) => {
      const { status, stdout, stderr } = run(file, '--no-such-option');
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        new RegExp(`^pnpm ${name}: .*--no-such-option.* pnpm ${name} --help says more\\.\\n$`),
      );
    },
  );
});

describe('arguments', () => {
  const options = { size: { type: 'string' } } as const;
  const parse = (args: readonly string[]) => parseArgs({ args: [...args], options }).values;

  test.each([
    [['--', '--size', '3'], { kind: 'run', arguments: { size: '3' } }],
    [['--size', '3', '--help'], { kind: 'help' }],
    [['-h'], { kind: 'help' }],
    [['--sise', '3'], { kind: 'mistake' }],
    [['3'], { kind: 'mistake' }],
  ])('%j are decided before anything is done', (given, expected) => {
    expect(decideArguments(given, parse)).toMatchObject(expected);
  });

  test('that are wrong by themselves are a mistake, and a fault of the script is none', () => {
    expect(decideArguments(['x'], parseNone)).toMatchObject({ kind: 'mistake' });
    const fails = (error: Error) => () => {
      throw error;
    };
    expect(decideArguments([], fails(new ArgumentError('no')))).toEqual({ kind: 'mistake', message: 'no' });
    expect(() => decideArguments([], fails(new Error('broken')))).toThrow('broken');
  });
});
