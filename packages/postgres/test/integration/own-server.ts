/**
 * An embedded server of a test file's own. The test kit's shared one is out of reach: the test kit is built on this
 * package, and the two would depend on each other.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog, startEmbeddedPostgres } from '../../src/index.ts';

export interface OwnServer {
  connectionString: string;
  stop(): Promise<void>;
}

/** Without fsync by default: tests end processes, never the machine. */
export async function startOwnServer(
  settings: Record<string, string> = { fsync: 'off' },
): Promise<OwnServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'throughline-own-postgres-'));
  // Run as root, the server is another user, which has to enter.
  chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres({
    dataDirectory: path.join(directory, 'home'),
    log: silentLog,
    settings,
  });
  return {
    connectionString: server.connectionString,
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
