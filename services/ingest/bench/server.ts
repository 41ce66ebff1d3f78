/** The servers that `ingest-cost.ts` measures: a bare fastify, ingest on a log that keeps nothing, ingest as it is. */
import { isBlockedIdentifier } from '@throughline/contracts';
import { createDeadLetterStore, createPostgresEventLog, type EventLog } from '@throughline/event-log';
import { createPool } from '@throughline/postgres';
import { createKeyRing, createLogger } from '@throughline/runtime';
import { drizzle } from 'drizzle-orm/node-postgres';
import { fastify } from 'fastify';
import { SourceDirectory } from '../src/core/source-directory.ts';
import { createIngestHttp } from '../src/http/app.ts';

const [mode = '', serverKey = ''] = process.argv.slice(2);
const host = '127.0.0.1';

async function listen(): Promise<string> {
  if (mode === 'drop') {
    const app = fastify({ bodyLimit: 1_048_576 });
    app.post('/v1/batch', () => ({ success: true }));
    return await app.listen({ host, port: 0 });
  }
  const logger = createLogger({ service: 'ingest', level: 'info' });
  const pool = createPool({
    connectionString: process.env['DATABASE_URL'] ?? 'postgres://nowhere',
    applicationName: 'ingest-bench',
    onError: () => {},
  });
  let log: Pick<EventLog, 'append'> = { append: () => new Promise((resolve) => setImmediate(resolve)) };
  if (mode === 'postgres') {
    const real = createPostgresEventLog({ pool, instanceId: 'bench', logger });
    await real.ensureTopics([
      { name: 'touchpoints.v1', partitions: 4 },
      { name: 'rejected.v1', partitions: 1 },
      { name: 'receipt-numbers.v1', partitions: 1 },
    ]);
    log = real;
  }
  const keyRing = createKeyRing({ server: serverKey });
  const { app } = await createIngestHttp({
    logger,
    keyRing,
    database: drizzle({ client: pool }),
    pool,
    log,
    deadLetters: createDeadLetterStore({ pool, log, schema: 'ingest' }),
    ready: {},
    host,
    sources: new SourceDirectory({}),
    refreshAccess: () => Promise.resolve(),
    builtInKinds: [],
    timeZone: 'UTC',
    isBlocked: isBlockedIdentifier,
    senderLimits: { pairs: { address: 0, key: 0 }, rejectedBytes: { address: 0, key: 0 } },
  });
  return await app.listen({ host, port: 0 });
}

const url = await listen();
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({
    type: 'cpu',
    cpuUs: user + system,
    maxRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: Number(new URL(url).port) });
