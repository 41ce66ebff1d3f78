/**
 * The life of a stack, in order: home, credentials, ports, database, services, banner; and back again on a signal.
 * Whatever was begun is ended by the same list read backwards, whether the end is asked for or is a failure.
 */
import { keyKinds, portVariable, type ServiceName, serviceNames, urlVariable } from '@throughline/contracts';
import type { StructuredLog } from '@throughline/postgres';
import path from 'node:path';
import { ConfigError, nodeLimitsOf } from '@throughline/runtime/settings';
import { bannerText, serviceUrl } from './banner.ts';
import type { StackConfig } from './config.ts';
import { type Credentials, loadCredentials } from './credentials.ts';
import { openDatabase } from './open-database.ts';
import { explainHomeFault } from './explain-home-fault.ts';
import { forwardLines } from './forward-lines.ts';
import { type ClaimReports, claimHome } from './home-claim.ts';
import { assertPortsFree } from './ports.ts';
import { createSupervisor, type SupervisedService, type Supervisor } from './supervisor.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** A start that makes progress is waited for, however long it takes. */
const stalledAfterMs = 60_000;
const reportEveryMs = 10_000;
const stopGraceMs = 15_000;

export interface RunningStack {
  /** Resolves when a service can never work with these settings; the stack has to be stopped then. */
  hopeless: Promise<string>;
  stop(): Promise<void>;
  /** Ends the services without waiting for what they have in flight; `stop`, already under way, continues at once. */
  hurry(): void;
}

/** `signal` aborts a start under way. @throws ConfigError, HomeInUseError with messages for a person. */
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
    const claim = await claimHome(config.home, claimReports(config.home, log));
    undo.push(() => claim.release());
    const credentials = loadCredentials(config);
    await assertPortsFree(config);
    signal.throwIfAborted();

    const { promise: hopeless, resolve: giveUp } = Promise.withResolvers<string>();
    const database = await openDatabase(config, log, giveUp);
    undo.push(() => database.stop());
    signal.throwIfAborted();

    const supervisor = createSupervisor({
      services: serviceNames.map((name) => supervised(name, config, credentials, database.connectionString)),
      onOutput: process.stdout.isTTY
        ? 'inherit'
        : (child) => {
            if (child.stdout) forwardLines(child.stdout, process.stdout);
            if (child.stderr) forwardLines(child.stderr, process.stderr);
          },
      onChange: (children) => claim.recordChildren(children),
      onEnd: ({ name, code, signal: by, restartInMs }) => {
        log.warn(
          { event: 'stack.service_ended', name, code, signal: by, restartInMs },
          `${name} ended unexpectedly and is started again`,
        );
      },
      onHopeless: giveUp,
    });
    undo.push(() => supervisor.stop(stopGraceMs));
    undo.push(() => claim.recordStopping());
    supervisor.start();
    await reportReady(supervisor, hopeless, log, signal, () =>
      bannerText({
        config,
        credentials,
        database: database.description,
        startedInMs: performance.now() - beganAt,
      }),
    );
    return { hopeless, stop, hurry: () => supervisor.kill() };
  } catch (error) {
    await stop();
    const explained = explainHomeFault(error, config.home);
    throw explained === null ? error : new ConfigError(explained);
  }
}

function claimReports(home: string, log: StructuredLog): ClaimReports {
  return {
    onOrphan: ({ name, pid }) =>
      log.warn(
        { event: 'stack.orphan_ended', name, pid },
        `ended ${name}, which a killed start left running`,
      ),
    onUnwritable: (error) =>
      log.error(
        { event: 'stack.home_unwritable', err: error },
        explainHomeFault(error, home) ?? `${home} cannot be written to`,
      ),
  };
}

/** @throws ConfigError, with what each service waits for, when none of them makes progress */
async function reportReady(
  supervisor: Supervisor,
  hopeless: Promise<string>,
  log: StructuredLog,
  signal: AbortSignal,
  banner: () => string,
): Promise<void> {
  const aborted = new Promise<{ outcome: 'stopped' }>((resolve) => {
    signal.addEventListener('abort', () => resolve({ outcome: 'stopped' }), { once: true });
  });
  const ready = waitUntilReady(supervisor, {
    stalledAfterMs,
    reportEveryMs,
    onWaiting: (waiting) => log.info({ event: 'stack.waiting', waiting }, `not ready: ${waiting.join('; ')}`),
  });
  const ended = hopeless.then((name) => ({ outcome: 'hopeless' as const, name }));
  const result = await Promise.race([ready, ended, aborted]);
  signal.throwIfAborted();
  if (result.outcome === 'ready') process.stdout.write(banner());
  else if (result.outcome === 'hopeless') {
    throw new ConfigError(
      `${result.name} ended several times without getting ready; its lines above say why.`,
    );
  } else if (result.outcome === 'stalled') {
    throw new ConfigError(
      `No service has got on for ${stalledAfterMs / 1000} s: ${result.waiting.join('; ')}. ` +
        'Lines of theirs above, if there are any, say more.',
    );
  }
}

function supervised(
  name: ServiceName,
  config: StackConfig,
  { keys, identitySecret, fromEnvironment }: Credentials,
  connectionString: string,
): SupervisedService {
  const generated = fromEnvironment.length < keyKinds.length;
  const readyUrl = `${serviceUrl(config, name)}/readyz`;
  const urls = serviceNames.map((each) => [urlVariable(each), serviceUrl(config, each)]);
  return {
    name,
    entryPoint: config.entryPoints[name],
    nodeOptions: nodeLimitsOf(name),
    environment: {
      // Where the services reach each other, unless a setting says otherwise.
      ...Object.fromEntries(urls),
      ...config.inherited,
      DATABASE_URL: connectionString,
      THROUGHLINE_HOST: config.host,
      ...Object.fromEntries(serviceNames.map((each) => [portVariable(each), String(config.ports[each])])),
      THROUGHLINE_WRITE_KEY: keys.write,
      THROUGHLINE_SERVER_KEY: keys.server,
      THROUGHLINE_READ_KEY: keys.read,
      THROUGHLINE_ADMIN_KEY: keys.admin,
      THROUGHLINE_IDENTITY_SECRET: identitySecret,
      // A service that is opened to others by its own environment refuses generated keys.
      ...(generated ? { THROUGHLINE_KEYS_GENERATED: 'true' } : {}),
      LOG_LEVEL: config.logLevel,
      // Sources without their types, and compiled: a third of what a start costs.
      NODE_COMPILE_CACHE: config.inherited['NODE_COMPILE_CACHE'] ?? path.join(config.home, 'compile-cache'),
    },
    isReady: async () => {
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
      await answer?.body?.cancel();
      return answer?.status === 200;
    },
  };
}
