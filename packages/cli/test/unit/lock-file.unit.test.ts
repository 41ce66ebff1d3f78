import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/config.ts';
import { lockFiles } from '../../src/replay/lock-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'throughline-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string): string => path.join(folder, name);
const holdBy = (name: string, pid: number, host = hostname()): void =>
  writeFileSync(place(`${name}.lock`), JSON.stringify({ pid, host }));

describe('the lock of a replay', () => {
  test('is there until it is released, and leaves nothing behind', () => {
    const release = lockFiles([place('state'), place('rejects')]);
    expect(readdirSync(folder).toSorted()).toEqual(['rejects.lock', 'state.lock']);
    release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused while a living process holds one of the files, and the others stay free', () => {
    holdBy('rejects', process.ppid);
    expect(() => lockFiles([place('state'), place('rejects')])).toThrow(UsageError);
    expect(() => lockFiles([place('state'), place('rejects')])).toThrow(
      `rejects is being written by the replay with process id ${process.ppid}`,
    );
    expect(readdirSync(folder)).toEqual(['rejects.lock']);
  });

  test('is refused while a process of another machine holds it: that one cannot be looked for', () => {
    holdBy('state', 1, 'elsewhere.example');
    expect(() => lockFiles([place('state')])).toThrow('on elsewhere.example');
    expect(existsSync(place('state.lock'))).toBe(true);
  });

  test('is taken over from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    child.kill('SIGKILL');
    await once(child, 'exit');
    holdBy('state', child.pid ?? 0);
    const release = lockFiles([place('state')]);
    expect(JSON.parse(readFileSync(place('state.lock'), 'utf8'))).toEqual({
      pid: process.pid,
      host: hostname(),
    });
    release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
