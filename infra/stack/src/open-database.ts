/** The database of a stack: the one of DATABASE_URL, or an embedded one that is kept alive as the services are. */
import { type EmbeddedPostgres, startEmbeddedPostgres, type StructuredLog } from '@throughline/postgres';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StackConfig } from './config.ts';
import { explainHomeFault } from './explain-home-fault.ts';

export interface OpenDatabase {
  connectionString: string;
  /** For people: without a password. */
  description: string;
  stop(): Promise<void>;
}

/** A server that ends so soon after it was brought back will end again. */
const restartsWithinMs = 30_000;
const restartAttempts = 20;
const restartPauseMs = 500;

/** @param onLost called when an embedded server has ended and cannot be brought back. */
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
  // Until it is known, an end makes the start itself fail.
  let port: number | undefined;
  let broughtBackAt = Number.NEGATIVE_INFINITY;
  const onUnexpectedExit = (detail: string): void => {
    if (stopping || port === undefined) return;
    log.error({ event: 'stack.database_ended', detail }, 'the database ended unexpectedly');
    if (performance.now() - broughtBackAt < restartsWithinMs) return onLost('the embedded database');
    broughtBackAt = performance.now();
    // On the port that it had: the services' connections come back by themselves.
    server = bringBack(port);
    server.catch((error: unknown) => {
      const why = explainHomeFault(error, config.home) ?? 'its own log says why';
      log.error({ event: 'stack.database_lost', err: error }, `the database cannot be started again: ${why}`);
      onLost('the embedded database');
    });
  };
  // Sessions of a killed server hold its memory until they notice, and no other can start meanwhile.
  const bringBack = async (onPort: number): Promise<EmbeddedPostgres> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await startEmbeddedPostgres({ dataDirectory, port: onPort, log, onUnexpectedExit });
      } catch (error) {
        if (stopping || attempt === restartAttempts) throw error;
        await delay(restartPauseMs);
      }
    }
  };
  let server = startEmbeddedPostgres({ dataDirectory, log, onUnexpectedExit });
  const { connectionString, port: firstPort } = await server;
  port = firstPort;
  return {
    connectionString,
    description: `embedded Postgres on port ${firstPort}`,
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
