import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createKeyRing } from '@throughline/runtime';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCredentials } from '../src/credentials.ts';

let home: string;
const none = { keys: {}, identitySecret: undefined };

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'throughline-credentials-'));
});

afterEach(() => rmSync(home, { recursive: true }));

describe('the credentials of a home', () => {
  test('are made once, and are the same at every later start', () => {
    const first = loadCredentials({ home, ...none });
    expect(loadCredentials({ home, ...none })).toEqual(first);
    expect(new Set([...Object.values(first.keys), first.identitySecret]).size).toBe(5);
  });

  test('are keys that the services take', () => {
    expect(createKeyRing(loadCredentials({ home, ...none }).keys).isEmpty).toBe(false);
  });

  test('lie in files that only their owner can read, even if their modes were opened', () => {
    loadCredentials({ home, ...none });
    const files = ['keys.json', 'identity-secret'].map((name) => path.join(home, name));
    for (const file of files) chmodSync(file, 0o644);
    loadCredentials({ home, ...none });
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  test('of the environment win and are not written down', () => {
    const write = 'wk_0123456789abcdef0123456789abcdef';
    const { keys } = loadCredentials({
      home,
      keys: { write },
      identitySecret: 'a secret from the environment',
    });
    expect(keys.write).toBe(write);
    expect(readFileSync(path.join(home, 'keys.json'), 'utf8')).not.toContain(write);
    expect(loadCredentials({ home, ...none }).keys).toEqual({
      ...keys,
      write: expect.not.stringMatching(write),
    });
  });

  test('derive the identity secret from an admin key that was set, once', () => {
    const admin = 'ak_0123456789abcdef0123456789abcdef';
    const other = mkdtempSync(path.join(tmpdir(), 'throughline-credentials-'));
    const { identitySecret } = loadCredentials({ ...none, home, keys: { admin } });
    expect(loadCredentials({ ...none, home: other, keys: { admin } }).identitySecret).toBe(identitySecret);
    expect(identitySecret).not.toContain(admin);
    const changed = { admin: 'ak_fedcba9876543210fedcba9876543210' };
    expect(loadCredentials({ ...none, home, keys: changed }).identitySecret).toBe(identitySecret);
    rmSync(other, { recursive: true });
  });

  test('that are damaged stop the start without being shown', () => {
    writeFileSync(path.join(home, 'keys.json'), '{"write": "wk_secret');
    expect(() => loadCredentials({ home, ...none })).toThrow(
      /keys\.json cannot be read as keys(?!.*wk_secret)/s,
    );
  });
});
