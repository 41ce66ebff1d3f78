/** The data directory of the embedded mode: that it can be written, is not full, and that its secrets are its owner's alone. */
import { accessSync, constants, existsSync, statfsSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CliConfig } from '../config.ts';
import { ok, type Finding } from '../core/doctor/finding.ts';
import { judgeDisk } from '../core/doctor/judge-disk.ts';

const secretFiles = ['keys.json', 'identity-secret'] as const;
/** A block of Postgres' write-ahead log, which a full disk refuses. */
const probeBytes = 64 * 1024;

export type WriteProbe = (file: string, bytes: Buffer) => void;

const writeToDisk: WriteProbe = (file, bytes) => writeFileSync(file, bytes, { flush: true });

export function checkHome(
  { home, environment }: Pick<CliConfig, 'home' | 'environment'>,
  write: WriteProbe = writeToDisk,
): Finding[] {
  const isEmbedded = (environment['DATABASE_URL'] ?? '') === '';
  if (!existsSync(home)) {
    if (!isEmbedded) return [ok('home', `${home} is not used: DATABASE_URL is set`)];
    const parent = nearestDirectory(home);
    const fault = findWriteFault(parent, write);
    return fault === null
      ? [ok('home', `${home} does not exist yet: the first start makes it`), diskOf(parent)]
      : [fault];
  }
  const writeFault = findWriteFault(home, write);
  if (writeFault !== null) return [writeFault];
  const exposed = secretFiles.filter((file) => isExposed(path.join(home, file)));
  return [
    ok('home', `${home} can be written`),
    ...exposed.map((file): Finding => ({
      check: 'home',
      state: 'fault',
      message: `${path.join(home, file)} can be read by other users of this machine`,
      remedy: `chmod 600 ${path.join(home, file)}; then replace the keys, since they may have been read.`,
    })),
    ...missingSecret(home),
    diskOf(home),
  ];
}

function diskOf(directory: string): Finding {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return judgeDisk(directory, bavail * bsize, blocks * bsize);
}

/** In which `start` would make the home, and what is missing of the way to it. */
function nearestDirectory(home: string): string {
  const parent = path.dirname(home);
  return existsSync(parent) ? parent : nearestDirectory(parent);
}

function findWriteFault(home: string, write: WriteProbe): Finding | null {
  const probe = path.join(home, `.doctor-${process.pid}`);
  try {
    accessSync(home, constants.W_OK);
    write(probe, Buffer.alloc(probeBytes));
    return null;
  } catch (error) {
    return { check: 'home', state: 'fault', ...explain((error as NodeJS.ErrnoException).code ?? '', home) };
  } finally {
    if (existsSync(probe)) unlinkSync(probe);
  }
}

function explain(code: string, home: string): Pick<Finding, 'message' | 'remedy'> {
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      message: `the disk of ${home} is full`,
      remedy: 'Free some space: what was acknowledged is kept, and the services resume by themselves.',
    };
  }
  if (code === 'EROFS') {
    return {
      message: `${home} is on a file system that is read-only`,
      remedy: 'Remount it for writing, or set THROUGHLINE_HOME to a directory elsewhere.',
    };
  }
  return {
    message: `this user may not write to ${home} (${code})`,
    remedy: 'Run as the user that owns it, or set THROUGHLINE_HOME to a directory of this user.',
  };
}

function isExposed(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && (stat.mode & 0o077) !== 0;
}

/** Keys without the secret: a home that was restored in part. */
function missingSecret(home: string): Finding[] {
  const [keys, secret] = secretFiles.map((file) => existsSync(path.join(home, file)));
  const hasData = existsSync(path.join(home, 'postgres'));
  if (secret === true || keys !== true || !hasData) return [];
  return [
    {
      check: 'home',
      state: 'fault',
      message: `${path.join(home, 'identity-secret')} is missing, while there are data`,
      remedy: 'Restore it from the backup: identity refuses a database that was written with another secret.',
    },
  ];
}
