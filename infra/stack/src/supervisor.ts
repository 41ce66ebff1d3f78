/**
 * Keeps the services running: one process each, started again with backoff when it ends without being asked to. The
 * channel between parent and child carries nothing but its own end: a service whose parent is gone stops by itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { poll } from './poll.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

export interface SupervisedService {
  name: string;
  entryPoint: string;
  environment: NodeJS.ProcessEnv;
  /** Resolves to true once the service can do its work. */
  isReady(): Promise<boolean>;
}

export interface SupervisorOptions {
  services: readonly SupervisedService[];
  /** `inherit` on a terminal, where each service writes its pretty lines itself; otherwise `onOutput` gets streams. */
  onOutput: ((child: ChildProcess) => void) | 'inherit';
  onChange(children: readonly (ProcessIdentity & { name: string })[]): void;
  onEnd(end: { name: string; code: number | null; signal: string | null; restartInMs: number }): void;
  /** A service that ends again and again without ever getting ready: its settings are wrong, not its luck. */
  onHopeless(name: string): void;
}

/**
 * Left to itself, V8 lets garbage grow with the machine's memory: 480 MiB were seen after 60,000 touchpoints. With this
 * limit no service went above 350 MiB.
 */
const heapLimitMiB = 320;

/**
 * V8 makes its young generation small where the heap is, and a batch of a thousand touchpoints then outlives it. Measured
 * with 60,000 touchpoints: 12 % less CPU over all services, and peaks of 250 instead of 330 MiB.
 */
const youngGenerationMiB = 32;

const firstBackoffMs = 100;
const longestBackoffMs = 5_000;
/** Having run for this long, a service starts with a fresh backoff. */
const stableMs = 30_000;
const hopelessAfterFailures = 5;

export interface Supervisor {
  start(): void;
  /** Resolves to false when a service is not ready in time or the supervisor is stopped before. */
  waitUntilReady(withinMs: number): Promise<boolean>;
  /** Asks every service to stop, and ends after `graceMs` those that have not. */
  stop(graceMs: number): Promise<void>;
  /** Ends every service now. */
  kill(): void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const running = new Map<string, ChildProcess>();
  const timers = new Set<NodeJS.Timeout>();
  const wereReady = new Set<string>();
  let stopping = false;

  const recordChange = (): void => {
    const children = [...running].flatMap(([name, child]) => {
      const identity = child.pid === undefined ? null : identifyProcess(child.pid);
      return identity ? [{ name, ...identity }] : [];
    });
    options.onChange(children);
  };

  const noteWhenReady = async (service: SupervisedService, hasEnded: () => boolean): Promise<void> => {
    await poll(
      async () => {
        if (hasEnded() || stopping) return true;
        if (await service.isReady()) wereReady.add(service.name);
        return wereReady.has(service.name);
      },
      { withinMs: Infinity, everyMs: 50 },
    );
  };

  const startService = (service: SupervisedService, failures: number): void => {
    const startedAt = performance.now();
    const output = options.onOutput === 'inherit' ? 'inherit' : 'pipe';
    const child = fork(service.entryPoint, [], {
      env: service.environment,
      execArgv: [`--max-old-space-size=${heapLimitMiB}`, `--max-semi-space-size=${youngGenerationMiB}`],
      stdio: ['ignore', output, output, 'ipc'],
    });
    running.set(service.name, child);
    recordChange();
    if (options.onOutput !== 'inherit') options.onOutput(child);
    let ended = false;
    if (!wereReady.has(service.name)) void noteWhenReady(service, () => ended);

    const onEnd = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (ended) return;
      ended = true;
      running.delete(service.name);
      recordChange();
      if (stopping) return;
      const wasStable = performance.now() - startedAt > stableMs;
      const failuresNow = wasStable ? 1 : failures + 1;
      if (!wereReady.has(service.name) && failuresNow >= hopelessAfterFailures) {
        options.onHopeless(service.name);
        return;
      }
      const restartInMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failuresNow - 1));
      options.onEnd({ name: service.name, code, signal, restartInMs });
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!stopping) startService(service, failuresNow);
      }, restartInMs);
      timers.add(timer);
    };
    child.once('exit', onEnd);
    // The process could not be started at all, or not be signalled: only the first ends it.
    child.once('error', () => child.pid === undefined && onEnd(null, null));
  };

  const beginStop = (): void => {
    stopping = true;
    for (const timer of timers) clearTimeout(timer);
  };

  return {
    start() {
      for (const service of options.services) startService(service, 0);
    },
    async waitUntilReady(withinMs) {
      await poll(() => stopping || wereReady.size === options.services.length, { withinMs });
      return !stopping && wereReady.size === options.services.length;
    },
    async stop(graceMs) {
      beginStop();
      for (const child of running.values()) child.kill('SIGTERM');
      if (await poll(() => running.size === 0, { withinMs: graceMs })) return;
      for (const child of running.values()) child.kill('SIGKILL');
      await poll(() => running.size === 0, { withinMs: graceMs });
    },
    kill() {
      beginStop();
      for (const child of running.values()) child.kill('SIGKILL');
    },
  };
}
