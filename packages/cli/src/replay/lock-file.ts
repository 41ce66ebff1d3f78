/**
 * One replay at a time writes a state file and a rejects file: two would write over each other's lines. The lock is a file
 * with the holder's process id, since Node has no `flock`. A replay that was killed leaves its lock behind; the next one on
 * this machine finds the process gone and takes it over.
 */
import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { UsageError } from '../config.ts';

const holderSchema = z.object({ pid: z.int().positive(), host: z.string() });
type Holder = z.infer<typeof holderSchema>;

/** Locks each file, all or none. Returns the release. @throws UsageError that names the holder */
export function lockFiles(files: readonly string[]): () => void {
  const locked: string[] = [];
  const release = (): void => {
    process.off('exit', release);
    for (const lock of locked.splice(0)) rmSync(lock, { force: true });
  };
  try {
    for (const file of new Set(files)) {
      takeLock(`${file}.lock`, file);
      locked.push(`${file}.lock`);
    }
  } catch (error) {
    release();
    throw error;
  }
  process.on('exit', release);
  return release;
}

function takeLock(lock: string, file: string): void {
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder));
  try {
    if (linkIfFree(draft, lock)) return;
    const holder = readHolder(lock);
    if (holder !== null && isAlive(holder)) throw held(lock, file, holder);
    // Moved away, not deleted: another replay may have taken it over since it was read.
    const stale = `${draft}.stale`;
    renameSync(lock, stale);
    const moved = readHolder(stale);
    if (moved !== null && isAlive(moved)) {
      linkIfFree(stale, lock);
      rmSync(stale);
      throw held(lock, file, moved);
    }
    rmSync(stale);
    if (!linkIfFree(draft, lock)) throw held(lock, file, readHolder(lock));
  } finally {
    rmSync(draft, { force: true });
  }
}

const linkless: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** A link is made whole or not at all, unlike a file that is created and then written; some file systems have none. */
function linkIfFree(draft: string, lock: string): boolean {
  return (
    makeIfFree(() => linkSync(draft, lock)) ??
    makeIfFree(() => copyFileSync(draft, lock, constants.COPYFILE_EXCL)) ??
    false
  );
}

/** Null where the file system cannot do it. */
function makeIfFree(make: () => void): boolean | null {
  try {
    make();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (linkless.has(code)) return null;
    throw error;
  }
}

function readHolder(lock: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(lock, 'utf8')));
  } catch {
    return null;
  }
}

/** A process of another machine cannot be looked for. In a container the next process may have the same id. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function held(lock: string, file: string, holder: Holder | null): UsageError {
  const by =
    holder === null ? 'another replay' : `the replay with process id ${holder.pid} on ${holder.host}`;
  return new UsageError(
    `${file} is being written by ${by}. Wait until it has ended, or name other places with --state and --rejects. ` +
      `If there is no such process, remove ${lock}.`,
  );
}
