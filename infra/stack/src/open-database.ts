/** The database of a stack: the one of DATABASE_URL, or an embedded one that is kept alive as the services are. */
import { startEmbeddedPostgres, type StructuredLog } from '@throughline/postgres';
import path from 'node:path';
import type { StackConfig } from './config.ts';

export interface OpenDatabase {
  connectionString: string;
  /** For people: without a password. */
  description: string;
  stop(): Promise<void>;
}

/** A server that ends so soon after its start will end again. */
const restartsWithinMs = 30_000;

/** @param onLost told when an embedded server has ended and cannot be brought back. */
export async function openDatabase(
  config: Pick<StackConfig, 'home' | 'databaseUrl'>,
  log: StructuredLog,
  onLost: (name: string) => void,
): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    return {
      connectionString: config.databaseUrl,
      description: withoutPassword(config.databaseUrl),
      stop: () => Promise.resolve(),
    };
  }
  const dataDirectory = path.join(config.home, 'postgres');
  let stopping = false;
  let startedAt = performance.now();
  const onUnexpectedExit = (detail: string): void => {
    if (stopping) return;
    log.error({ event: 'stack.database_ended', detail }, 'the database ended unexpectedly');
    if (performance.now() - startedAt < restartsWithinMs) return onLost('the embedded database');
    startedAt = performance.now();
    // On the port that it had: the services' connections come back by themselves.
    server = startEmbeddedPostgres({ dataDirectory, port, log, onUnexpectedExit });
    server.catch((error: unknown) => {
      log.error({ event: 'stack.database_lost', err: error }, 'the database cannot be started again');
      onLost('the embedded database');
    });
  };
  let server = startEmbeddedPostgres({ dataDirectory, log, onUnexpectedExit });
  const { connectionString, port } = await server;
  return {
    connectionString,
    description: `embedded Postgres on port ${port}`,
    stop: async () => {
      stopping = true;
      await (await server.catch(() => null))?.stop();
    },
  };
}

function withoutPassword(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  return url ? `${url.protocol}//${url.host}${url.pathname}` : 'DATABASE_URL';
}
