/**
 * The life of a stack, in order: home, credentials, ports, database, services, banner; and back again on a signal.
 * Whatever was begun is ended by the same list read backwards, whether the end is asked for or is a failure.
 */
import { startEmbeddedPostgres, type StructuredLog } from '@throughline/postgres';
import path from 'node:path';
import { bannerText, serviceUrl } from './banner.ts';
import { serviceNames, SettingsError, type StackConfig } from './config.ts';
import { type Credentials, loadCredentials } from './credentials.ts';
import { forwardLines } from './forward-lines.ts';
import { claimHome } from './home-claim.ts';
import { assertPortsFree } from './ports.ts';
import { createSupervisor, type SupervisedService, type Supervisor } from './supervisor.ts';

const readyWithinMs = 60_000;
const stopGraceMs = 15_000;

export interface RunningStack {
  /** Resolves when a service can never work with these settings; the stack has to be stopped then. */
  hopeless: Promise<string>;
  stop(): Promise<void>;
  /** Ends the services without waiting for what they have in hand; `stop`, already under way, goes on at once. */
  hurry(): void;
}

/** `signal` aborts a start under way. @throws SettingsError, HomeInUseError with messages for a person. */
export async function runStack(
  config: StackConfig,
  log: StructuredLog,
  signal: AbortSignal,
): Promise<RunningStack> {
  const beganAt = performance.now();
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const claim = await claimHome(config.home, ({ name, pid }) => {
      log.warn(
        { event: 'stack.orphan_ended', name, pid },
        `ended ${name}, which a killed start left running`,
      );
    });
    undo.push(claim.release);
    const credentials = loadCredentials(config);
    await assertPortsFree(config);
    signal.throwIfAborted();

    const database = await openDatabase(config, log);
    undo.push(database.stop);
    signal.throwIfAborted();

    const { promise: hopeless, resolve: giveUp } = Promise.withResolvers<string>();
    const supervisor = createSupervisor({
      services: serviceNames.map((name) => supervised(name, config, credentials, database.connectionString)),
      onOutput: process.stdout.isTTY
        ? 'inherit'
        : (child) => {
            if (child.stdout) forwardLines(child.stdout, process.stdout);
            if (child.stderr) forwardLines(child.stderr, process.stderr);
          },
      onChange: claim.recordChildren,
      onEnd: ({ name, code, signal: by, restartInMs }) => {
        log.warn(
          { event: 'stack.service_ended', name, code, signal: by, restartInMs },
          `${name} ended unexpectedly and is started again`,
        );
      },
      onHopeless: giveUp,
    });
    undo.push(() => supervisor.stop(stopGraceMs));
    undo.push(claim.recordStopping);
    supervisor.start();
    await reportReady(supervisor, hopeless, signal, () =>
      bannerText({
        config,
        credentials,
        database: database.description,
        startedInMs: performance.now() - beganAt,
      }),
    );
    return { hopeless, stop, hurry: supervisor.kill };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function reportReady(
  supervisor: Supervisor,
  hopeless: Promise<string>,
  signal: AbortSignal,
  banner: () => string,
): Promise<void> {
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  const outcome = await Promise.race([supervisor.waitUntilReady(readyWithinMs), hopeless, aborted]);
  signal.throwIfAborted();
  if (outcome === true) process.stdout.write(banner());
  else if (typeof outcome === 'string') {
    throw new SettingsError(`${outcome} ended several times without getting ready; its lines above say why.`);
  } else
    throw new Error(
      `The services were not ready within ${readyWithinMs / 1000} s; their lines above say why.`,
    );
}

interface OpenDatabase {
  connectionString: string;
  description: string;
  stop(): Promise<void>;
}

async function openDatabase(config: StackConfig, log: StructuredLog): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    return {
      connectionString: config.databaseUrl,
      description: withoutPassword(config.databaseUrl),
      stop: () => Promise.resolve(),
    };
  }
  const postgres = await startEmbeddedPostgres({ dataDirectory: path.join(config.home, 'postgres'), log });
  return {
    connectionString: postgres.connectionString,
    description: `embedded Postgres on port ${postgres.port}`,
    stop: () => postgres.stop(),
  };
}

function withoutPassword(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  return url ? `${url.protocol}//${url.host}${url.pathname}` : 'DATABASE_URL';
}

function supervised(
  name: (typeof serviceNames)[number],
  config: StackConfig,
  { keys, identitySecret }: Credentials,
  connectionString: string,
): SupervisedService {
  const readyUrl = `${serviceUrl(config, name)}/readyz`;
  return {
    name,
    entryPoint: config.entryPoints[name],
    environment: {
      ...config.inherited,
      DATABASE_URL: connectionString,
      THROUGHLINE_HOST: config.host,
      THROUGHLINE_INGEST_PORT: String(config.ports.ingest),
      THROUGHLINE_IDENTITY_PORT: String(config.ports.identity),
      THROUGHLINE_METRICS_PORT: String(config.ports.metrics),
      THROUGHLINE_WRITE_KEY: keys.write,
      THROUGHLINE_SERVER_KEY: keys.server,
      THROUGHLINE_READ_KEY: keys.read,
      THROUGHLINE_ADMIN_KEY: keys.admin,
      THROUGHLINE_IDENTITY_SECRET: identitySecret,
      LOG_LEVEL: config.logLevel,
    },
    isReady: async () => {
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
      await answer?.body?.cancel();
      return answer?.status === 200;
    },
  };
}
