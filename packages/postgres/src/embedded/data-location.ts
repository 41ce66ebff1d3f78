/**
 * Decides where the cluster of a home lies: inside the home, or, when the server's user cannot enter the home (root,
 * and a checkout below a closed directory), under /var/lib/throughline by a hash of the home's path, so that the same
 * home finds the same data after every restart.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StructuredLog } from '../structured-log.ts';
import { findRunningServer } from './running-server.ts';
import { sharedDirectory } from './server-binaries.ts';
import { canAccess, findServerUser, type ServerUser } from './server-user.ts';

export interface DataLocation {
  /** The data directory as it was asked for, resolved: holds the password, the owner's mark, the server's log. */
  home: string;
  /** PGDATA. */
  cluster: string;
  /** Directory of the cluster; the server's user can enter it. */
  parent: string;
  user: ServerUser;
  password: string;
}

export function locateData(dataDirectory: string, log: StructuredLog): DataLocation {
  mkdirSync(dataDirectory, { recursive: true });
  const home = realpathSync(dataDirectory);
  const inside = join(home, 'cluster');
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const outsideParent = join(sharedDirectory, hash);
  const outside = join(outsideParent, 'cluster');

  const passwordFile = join(home, 'password');
  const known = existsSync(passwordFile);
  if (!known && !existsSync(inside) && existsSync(outside)) setAside(outsideParent, home, log);
  if (!known) writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  const password = readFileSync(passwordFile, 'utf8').trim();

  const user = findServerUser([inside, outside]);
  const relocated = { home, cluster: outside, parent: outsideParent, user, password };
  if (existsSync(outside)) return relocated;
  if (user.uid === undefined || canAccess(user, '-x', home)) {
    return { home, cluster: inside, parent: home, user, password };
  }
  if (existsSync(inside)) {
    throw new Error(
      `the data lie in ${inside}, but the database's user (${user.name}) can no longer enter there`,
    );
  }
  sweepTemporary(log);
  mkdirSync(outsideParent, { recursive: true, mode: 0o755 });
  writeFileSync(join(outsideParent, homeFile), home);
  log.info(
    { event: 'postgres.data_relocated', home, directory: outsideParent },
    `the database's user cannot enter ${home}: the data lie in ${outsideParent}`,
  );
  return relocated;
}

/** In a relocated directory: whose data these are. */
const homeFile = 'home';

/**
 * A home in the temporary directory takes its data along when it goes, as if they lay in it: a test run a day would
 * fill the disk. Data of any other home that is gone are kept: it may only be unmounted.
 */
function sweepTemporary(log: StructuredLog): void {
  if (!existsSync(sharedDirectory)) return;
  const temporary = `${realpathSync(tmpdir())}/`;
  for (const name of readdirSync(sharedDirectory)) {
    const directory = join(sharedDirectory, name);
    const file = join(directory, homeFile);
    if (!existsSync(file)) continue;
    const home = readFileSync(file, 'utf8');
    if (!home.startsWith(temporary) || existsSync(home)) continue;
    if (findRunningServer(join(directory, 'cluster')) !== undefined) continue;
    rmSync(directory, { recursive: true, force: true });
    log.info(
      { event: 'postgres.data_swept', home, directory },
      `data of a temporary home that is gone: removed`,
    );
  }
}

/** A home without its password was wiped: what lies outside belonged to its former life. Nothing is deleted. */
function setAside(directory: string, home: string, log: StructuredLog): void {
  const to = `${directory}.orphaned-${Date.now()}`;
  renameSync(directory, to);
  log.warn(
    { event: 'postgres.data_set_aside', home, directory: to },
    `data of a wiped home are kept in ${to}`,
  );
}

/** A directory that the server's user owns and no other user can read. */
export function createPrivateDirectory(path: string, user: ServerUser): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid);
  chmodSync(path, 0o700);
}
