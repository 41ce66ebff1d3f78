/** Postgres refuses to run as root. Started as root, the server runs as another user that the system already has. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** Undefined ids: the user of this process. */
export interface ServerUser {
  name: string;
  uid?: number;
  gid?: number;
}

/**
 * As root: the owner of the data (an ordinary user may have begun it), else `postgres`, else `nobody`.
 * Otherwise: the current user.
 */
export function findServerUser(clusterDirectories: readonly string[]): ServerUser {
  if (process.getuid?.() !== 0) return { name: 'this user' };
  for (const directory of clusterDirectories) {
    if (!existsSync(directory)) continue;
    const { uid, gid } = statSync(directory);
    if (uid !== 0) return { name: `uid ${uid}`, uid, gid };
  }
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = users.find((fields) => fields[0] === name);
    if (entry?.[2] !== undefined && entry[3] !== undefined) {
      return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
    }
  }
  throw new Error(
    'started as root, but there is neither a user "postgres" nor "nobody" to run the database as',
  );
}

/**
 * Whether the user can make use of a path, asked by trying: modes, ACLs and mounts of every directory on the way count,
 * and the kernel knows them all.
 */
export function canAccess(user: ServerUser, test: '-x' | '-r' | '-w', path: string): boolean {
  const result = spawnSync('/bin/sh', ['-c', `test ${test} "$1"`, 'sh', path], {
    ...processIdentity(user),
    cwd: '/',
    stdio: 'ignore',
  });
  return result.status === 0;
}

/** For spawn. */
export function processIdentity(user: ServerUser): { uid?: number; gid?: number } {
  return user.uid === undefined || user.gid === undefined ? {} : { uid: user.uid, gid: user.gid };
}
