import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkKey, readConfig, UsageError } from '../../src/config.ts';
import { checkPlaces, checkSource } from '../../src/replay/check-places.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'throughline-places-'));
  writeFileSync(path.join(folder, 'rows.csv'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string): string => path.join(folder, name);

describe('what is to be replayed', () => {
  test('is a file that is there, and no stream', () => {
    expect(() => checkSource(place('rows.csv'))).not.toThrow();
    expect(() => checkSource(place('none.csv'))).toThrow('there is no such file');
    expect(() => checkSource(folder)).toThrow('is a directory');
    expect(() => checkSource('/dev/null')).toThrow('cannot be resumed');
    expect(() => checkSource(place('-'))).toThrow('Standard input cannot be resumed');
  });
});

describe('what is written beside it', () => {
  test('is tried before anything is sent, and another place is proposed', () => {
    const stateFile = place('state');
    const rejectsFile = place('rejects');
    expect(() => checkPlaces({ stateFile, rejectsFile })).not.toThrow();
    expect(() => checkPlaces({ stateFile: place('none/state'), rejectsFile })).toThrow(
      /none\/state cannot be written \(ENOENT\): .* --state/,
    );
    expect(() => checkPlaces({ stateFile, rejectsFile: '/proc/self/rejects' })).toThrow('--rejects');
  });
});

describe('a key', () => {
  test('may have space around it, and is never shown when it is none', () => {
    expect(checkKey(' sk_1\n', 'K')).toBe('sk_1');
    expect(checkKey(undefined, 'K')).toBeUndefined();
    for (const key of ['sk_1\nsk_2', 'sk_ü', ' ']) {
      const name = 'THROUGHLINE_SERVER_KEY';
      const message = `${name} is no key: it is empty or has characters that no key has`;
      expect(() => checkKey(key, name)).toThrow(new UsageError(message));
      const config = readConfig({ THROUGHLINE_HOME: folder, [name]: key, THROUGHLINE_READ_KEY: '' });
      expect(config.faults).toEqual([{ of: name, message }]);
      expect(config.keys.server).toBeUndefined();
    }
  });
});

describe('a relative path', () => {
  test('is meant from where the command was called, also when pnpm runs it in the checkout', () => {
    expect(process.cwd()).toBe(path.resolve(import.meta.dirname, '../../../..'));
    expect(readConfig({ THROUGHLINE_HOME: folder, INIT_CWD: folder }).directory).toBe(folder);
    expect(readConfig({ THROUGHLINE_HOME: folder }).directory).toBe(process.cwd());
  });
});
