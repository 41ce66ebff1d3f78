/**
 * The life of a stack, in order: home, credentials, ports, database, services, banner; and back again on a signal.
 * Whatever was begun is ended by the same list read backwards, whether the end is asked for or is a failure.
 */
import { portVariable, type ServiceName, serviceNames, keyKinds } from '@throughline/contracts';
import type { StructuredLog } from '@throughline/postgres';
import { ConfigError } from '@throughline/runtime';
import { bannerText, serviceUrl } from './banner.ts';
import type { StackConfig } from './config.ts';
import { type Credentials, loadCredentials } from './credentials.ts';
import { openDatabase } from './open-database.ts';
import { explainHomeFault } from './explain-home-fault.ts';
import { forwardLines } from './forward-lines.ts';
import { type ClaimReports, claimHome } from './home-claim.ts';
import { assertPortsFree } from './ports.ts';
import { createSupervisor, type SupervisedService, type Supervisor } from './supervisor.ts';

const readyWithinMs = 60_000;
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
    await reportReady(supervisor, hopeless, signal, () =>
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
    throw new ConfigError(`${outcome} ended several times without getting ready; its lines above say why.`);
  } else
    throw new Error(
      `The services were not ready within ${readyWithinMs / 1000} s; their lines above say why.`,
    );
}

function supervised(
  name: ServiceName,
  config: StackConfig,
  { keys, identitySecret, fromEnvironment }: Credentials,
  connectionString: string,
): SupervisedService {
  const generated = fromEnvironment.length < keyKinds.length;
  const readyUrl = `${serviceUrl(config, name)}/readyz`;
  return {
    name,
    entryPoint: config.entryPoints[name],
    environment: {
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
    },
    isReady: async () => {
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
      await answer?.body?.cancel();
      return answer?.status === 200;
    },
  };
}
