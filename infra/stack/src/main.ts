/** `start`: brings the whole of Throughline up on one machine, and down again. */
import { ConfigError, createLogger } from '@throughline/runtime/settings';
import { readConfig, type StackConfig } from './config.ts';
import { HomeInUseError } from './home-claim.ts';
import { watchLauncher } from './launcher-watch.ts';
import { type RunningStack, runStack } from './run-stack.ts';
import { parseNone, readArguments } from './script-arguments.ts';

const usage = `Brings an embedded Postgres, the event log, ingest, identity and metrics up on this machine, and prints where they listen and where
their keys are. Ctrl-C stops them; the data stay.

Usage: pnpm start

Settings are variables of the environment (infra/docs/settings.md), such as THROUGHLINE_HOME for another data directory, DATABASE_URL
and KAFKA_BROKERS for servers of yours, THROUGHLINE_INGEST_PORT, THROUGHLINE_IDENTITY_PORT and THROUGHLINE_METRICS_PORT.

Examples:
  pnpm start
  THROUGHLINE_HOME=/tmp/shop pnpm start`;

readArguments('pnpm start', usage, parseNone);

/**
 * Ctrl-C reaches this process several times at once, from the terminal and from the package manager: signals that come
 * this close together are one.
 */
const oneSignalMs = 1_000;

const start = new AbortController();
let stack: RunningStack | null = null;
let firstSignalAt: number | null = null;

const config = settingsOrExit();
const log = createLogger({ service: 'stack', level: config.logLevel });

// A reader that goes away (`start | head`) must not take the data's owner with it.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal(signal));
watchLauncher(() => onSignal('launcher gone'));

try {
  stack = await runStack(config, log, start.signal);
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- a signal handler sets it meanwhile
  if (firstSignalAt !== null) await end(stack, 0);
  const failed = await stack.hopeless;
  log.error({ event: 'stack.gave_up', name: failed }, `${failed} cannot be kept running`);
  await end(stack, 1);
} catch (error) {
  if (start.signal.aborted) process.exit(0);
  fail(error);
}

function onSignal(signal: string): void {
  const now = performance.now();
  if (firstSignalAt === null) {
    firstSignalAt = now;
    log.info({ event: 'stack.stopping', signal }, 'stopping');
    start.abort();
    if (stack) void end(stack, 0);
  } else if (now - firstSignalAt > oneSignalMs) {
    log.warn({ event: 'stack.forced', signal }, 'stopping at once');
    stack?.hurry();
  }
}

async function end(running: RunningStack, code: number): Promise<void> {
  try {
    await running.stop();
    log.info({ event: 'stack.stopped' }, 'stopped; the data stay');
  } catch (error) {
    fail(error);
  }
  process.exit(code);
}

function settingsOrExit(): StackConfig {
  try {
    return readConfig();
  } catch (error) {
    return fail(error);
  }
}

/** What a person can put right is said in a sentence; a fault of ours comes with its stack. */
function fail(error: unknown): never {
  const isForPerson = error instanceof ConfigError || error instanceof HomeInUseError;
  console.error(isForPerson ? `\nThroughline did not start. ${error.message}\n` : error);
  process.exit(1);
}
