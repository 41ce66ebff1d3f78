/**
 * One process at a time looks after a home's server. Without the mark, a second `start` would adopt the first one's
 * server, find the services' ports taken, and stop the database under the first on its way out.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findStartMark, isAlive } from './process-identity.ts';

interface OwnerMark {
  pid: number;
  startMark?: string;
}

/** Throws when another living process has the home. Returns the release. */
export function takeOwnership(home: string): () => void {
  const path = join(home, 'owner.json');
  const other = readMark(path);
  if (other !== undefined && other.pid !== process.pid && isSameProcess(other)) {
    throw new Error(`another process (pid ${other.pid}) already runs the database of ${home}`);
  }
  const startMark = findStartMark(process.pid);
  const mark: OwnerMark = startMark === undefined ? { pid: process.pid } : { pid: process.pid, startMark };
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(mark));
  renameSync(partial, path);
  return () => {
    if (readMark(path)?.pid === process.pid) rmSync(path, { force: true });
  };
}

/** Whether a living process looks after this home. */
export function isOwned(home: string): boolean {
  const mark = readMark(join(home, 'owner.json'));
  return mark !== undefined && isSameProcess(mark);
}

function readMark(path: string): OwnerMark | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as OwnerMark;
  } catch {
    return undefined;
  }
}

function isSameProcess(mark: OwnerMark): boolean {
  return isAlive(mark.pid) && (mark.startMark === undefined || findStartMark(mark.pid) === mark.startMark);
}
