import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimHome } from '../src/home-claim.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../src/process-identity.ts';

let home: string;
let other: ChildProcess;
let otherIdentity: ProcessIdentity;

const dead: ProcessIdentity = { pid: 2 ** 22, startedAt: 'before' };

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'throughline-claim-'));
  other = fork(path.join(import.meta.dirname, 'fixtures/stubborn-service.ts'));
  await once(other, 'message');
  const identity = identifyProcess(other.pid ?? 0);
  if (identity === null) throw new Error('the other process is not there');
  otherIdentity = identity;
});

afterEach(() => {
  other.kill('SIGKILL');
  rmSync(home, { recursive: true });
});

function leave(claim: unknown): void {
  writeFileSync(path.join(home, 'stack.json'), JSON.stringify(claim));
}

describe('the claim on a home', () => {
  test('is refused while another stack runs on it, with its pid', async () => {
    leave({ owner: otherIdentity, state: 'running', children: [] });
    await expect(claimHome(home)).rejects.toThrow(`process ${other.pid}`);
    expect(isRunning(otherIdentity)).toBe(true);
  });

  test('ends the services of a stack that was killed', async () => {
    leave({ owner: dead, state: 'running', children: [{ name: 'ingest', ...otherIdentity }] });
    const ended: string[] = [];
    const claim = await claimHome(home, { onOrphan: ({ name }) => ended.push(name) });
    expect(ended).toEqual(['ingest']);
    expect(isRunning(otherIdentity)).toBe(false);
    claim.release();
  });

  test('leaves a process alone that merely has the pid of a recorded one', async () => {
    leave({
      owner: dead,
      state: 'running',
      children: [{ name: 'ingest', ...otherIdentity, startedAt: 'before' }],
    });
    const claim = await claimHome(home);
    expect(isRunning(otherIdentity)).toBe(true);
    claim.release();
  });

  test('waits for a stack that is already stopping', async () => {
    leave({ owner: otherIdentity, state: 'stopping', children: [] });
    const waiting = claimHome(home);
    other.kill('SIGKILL');
    (await waiting).release();
  });

  test('is had by one of many that want it at once', async () => {
    leave({ owner: dead, state: 'running', children: [] });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => claimHome(home)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { owner } = JSON.parse(readFileSync(path.join(home, 'stack.json'), 'utf8')) as {
      owner: { pid: number };
    };
    expect(owner.pid).toBe(process.pid);
  });

  test('reports a home that has become unusable, and keeps the stack running', async () => {
    const faults: unknown[] = [];
    const claim = await claimHome(home, { onUnwritable: (error) => faults.push(error) });
    rmSync(home, { recursive: true });
    writeFileSync(home, 'a file where the home was');
    claim.recordChildren([]);
    claim.release();
    rmSync(home);
    mkdirSync(home);
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatchObject({ code: 'ENOTDIR' });
  });
});
