/** Which code is measured. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export const checkout = path.resolve(import.meta.dirname, '../../..');

export function findCommit(): { commit: string; isClean: boolean } {
  return {
    commit: git('rev-parse', 'HEAD'),
    isClean: git('status', '--porcelain', '--untracked-files=no') === '',
  };
}

/** The full name of a commit. @throws Error when there is none of that name */
export function resolveCommit(name: string): string {
  return git('rev-parse', '--verify', `${name}^{commit}`);
}

export function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: checkout,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}
