/**
 * Keeps the services running: one process each, started again with backoff when it ends without being asked to. The
 * channel between parent and child carries how far a start is, and its own end: a service whose parent is gone stops.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { type Backoff, backoffMs } from '@throughline/timing';
import { findCpuSeconds } from '@throughline/postgres';
import { parseStartReport } from '@throughline/runtime/settings';
import { poll } from './poll.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';
import { applyCpu, applyStep, beginStart, type StartState } from './start-progress.ts';

export interface SupervisedService {
  name: string;
  entryPoint: string;
  /** Of Node, for its process. */
  nodeOptions?: readonly string[];
  environment: NodeJS.ProcessEnv;
  /** Asked from when the service has said that it is up. Resolves to true once it can do its work. */
  isReady(): Promise<boolean>;
}

export interface SupervisorOptions {
  services: readonly SupervisedService[];
  /** `inherit` on a terminal, where each service writes its pretty lines itself; otherwise `onOutput` gets streams. */
  onOutput: ((child: ChildProcess) => void) | 'inherit';
  onChange(children: readonly (ProcessIdentity & { name: string })[]): void;
  onEnd(end: { name: string; code: number | null; signal: string | null; restartInMs: number }): void;
  /** A service ended repeatedly without ever becoming ready: its settings are wrong, so another restart does not help. */
  onHopeless(name: string): void;
}

const backoff: Backoff = { firstMs: 100, longestMs: 5_000 };
/** Having run for this long, a service starts with a fresh backoff. */
const stableMs = 30_000;
const hopelessAfterFailures = 5;

export interface Supervisor {
  start(): void;
  /** Those that have never been ready yet, with the progress of their processes up to now. */
  observeStart(): readonly { name: string; state: StartState }[];
  isStopping(): boolean;
  /** Asks every service to stop, and ends after `graceMs` those that have not. */
  stop(graceMs: number): Promise<void>;
  /** Ends every service now. */
  kill(): void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new ProcessSupervisor(options);
}

class ProcessSupervisor implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Map<string, ChildProcess>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #wereReady = new Set<string>();
  readonly #starts = new Map<string, StartState>();
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    for (const service of this.#options.services) this.#startService(service, 0);
  }

  observeStart(): readonly { name: string; state: StartState }[] {
    const now = performance.now();
    return this.#options.services.flatMap(({ name }) => {
      if (this.#wereReady.has(name)) return [];
      const pid = this.#running.get(name)?.pid;
      const cpuSeconds = pid === undefined ? undefined : findCpuSeconds(pid);
      const state = applyCpu(this.#startOf(name), cpuSeconds ?? null, now);
      this.#starts.set(name, state);
      return [{ name, state }];
    });
  }

  isStopping(): boolean {
    return this.#stopping;
  }

  async stop(graceMs: number): Promise<void> {
    this.#beginStop();
    for (const child of this.#running.values()) child.kill('SIGTERM');
    if (await poll(() => this.#running.size === 0, { withinMs: graceMs })) return;
    for (const child of this.#running.values()) child.kill('SIGKILL');
    await poll(() => this.#running.size === 0, { withinMs: graceMs });
  }

  kill(): void {
    this.#beginStop();
    for (const child of this.#running.values()) child.kill('SIGKILL');
  }

  #startOf(name: string): StartState {
    return this.#starts.get(name) ?? beginStart(performance.now());
  }

  #beginStop(): void {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #startService(service: SupervisedService, failures: number): void {
    const startedAt = performance.now();
    this.#starts.set(service.name, beginStart(startedAt));
    const child = this.#fork(service);
    let ended = false;
    child.on('message', (message) => {
      const report = parseStartReport(message);
      if (report?.type === 'starting') {
        this.#starts.set(
          service.name,
          applyStep(this.#startOf(service.name), report.step, performance.now()),
        );
      } else if (report?.type === 'ready' && !this.#wereReady.has(service.name)) {
        void this.#noteWhenReady(service, () => ended);
      }
    });
    const onEnd = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (ended) return;
      ended = true;
      this.#running.delete(service.name);
      this.#recordChange();
      if (this.#stopping) return;
      const wasStable = performance.now() - startedAt > stableMs;
      this.#restart(service, wasStable ? 1 : failures + 1, { code, signal });
    };
    child.once('exit', onEnd);
    // Either the process could not be started at all, which ends it, or it could not be signalled, which does not.
    child.once('error', () => child.pid === undefined && onEnd(null, null));
  }

  #fork(service: SupervisedService): ChildProcess {
    const { onOutput } = this.#options;
    const output = onOutput === 'inherit' ? 'inherit' : 'pipe';
    const child = fork(service.entryPoint, [], {
      env: service.environment,
      execArgv: [...(service.nodeOptions ?? [])],
      stdio: ['ignore', output, output, 'ipc'],
    });
    this.#running.set(service.name, child);
    this.#recordChange();
    if (onOutput !== 'inherit') onOutput(child);
    return child;
  }

  #restart(
    service: SupervisedService,
    failures: number,
    end: { code: number | null; signal: NodeJS.Signals | null },
  ): void {
    const { name } = service;
    if (!this.#wereReady.has(name) && failures >= hopelessAfterFailures) {
      this.#options.onHopeless(name);
      return;
    }
    const restartInMs = backoffMs(backoff, failures);
    this.#options.onEnd({ name, ...end, restartInMs });
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopping) this.#startService(service, failures);
    }, restartInMs);
    this.#timers.add(timer);
  }

  #recordChange(): void {
    const children = [...this.#running].flatMap(([name, child]) => {
      const identity = child.pid === undefined ? null : identifyProcess(child.pid);
      return identity ? [{ name, ...identity }] : [];
    });
    this.#options.onChange(children);
  }

  async #noteWhenReady(service: SupervisedService, hasEnded: () => boolean): Promise<void> {
    await poll(
      async () => {
        if (hasEnded() || this.#stopping) return true;
        if (await service.isReady()) this.#wereReady.add(service.name);
        return this.#wereReady.has(service.name);
      },
      { withinMs: Infinity, everyMs: 50 },
    );
  }
}
