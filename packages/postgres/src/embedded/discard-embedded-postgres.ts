/** For what a killed test run left behind. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isOwned } from './owner-mark.ts';
import { findRunningServer, stopServer } from './running-server.ts';

/** Stops the server of a data directory whose owning process has ended. False when a process owns the directory, or may be about to. */
export async function discardEmbeddedPostgres(dataDirectory: string): Promise<boolean> {
  if (!existsSync(join(dataDirectory, 'owner.json')) || isOwned(dataDirectory)) return false;
  const running = findRunningServer(join(dataDirectory, 'cluster'));
  if (running !== undefined) await stopServer(running.pid, 5_000);
  return true;
}
