/**
 * Starts and controls several processes of each service, as in production: they communicate only through the event log
 * and the database.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ServiceName, serviceNames } from '@throughline/contracts';
import { nodeLimitsOf } from '@throughline/runtime/settings';
import { findFreePort } from '@throughline/testkit/free-port';
import { readBareEnvironment } from './config.ts';

/** Fixed API keys: not secret, since a run lasts minutes and listens on loopback only. */
export const keys = {
  write: 'wk_faults_0123456789abcdef0123456789abcdef',
  server: 'sk_faults_0123456789abcdef0123456789abcdef',
  read: 'rk_faults_0123456789abcdef0123456789abcdef',
  admin: 'ak_faults_0123456789abcdef0123456789abcdef',
};

const checkout = resolve(import.meta.dirname, '..', '..', '..');
const readyDeadlineMs = 120_000;

export class ServiceProcess {
  readonly service: ServiceName;
  readonly name: string;
  readonly url: string;
  readonly logFile: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #checkout: string;
  #child: ChildProcess | undefined;

  constructor(
    service: ServiceName,
    number: number,
    port: number,
    { home, environment, databaseUrlOf }: FleetHome,
    ofCheckout = checkout,
  ) {
    this.service = service;
    this.#checkout = ofCheckout;
    this.name = `${service}-${number}`;
    this.url = `http://127.0.0.1:${port}`;
    this.logFile = join(home, `${this.name}.log`);
    this.#environment = {
      ...environment,
      DATABASE_URL: databaseUrlOf(service),
      [`THROUGHLINE_${service.toUpperCase()}_PORT`]: String(port),
    };
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  start(): void {
    const log = openSync(this.logFile, 'a');
    this.#child = spawn(
      process.execPath,
      [...nodeLimitsOf(this.service), join(this.#checkout, 'services', this.service, 'src', 'main.ts')],
      {
        stdio: ['ignore', log, log],
        env: this.#environment,
      },
    );
    closeSync(log);
  }

  async waitUntilReady(): Promise<void> {
    const deadline = Date.now() + readyDeadlineMs;
    while (!(await this.isReady())) {
      if (!this.isRunning() || Date.now() > deadline) {
        throw new Error(`${this.name} did not become ready:\n${this.readLog().slice(-3_000)}`);
      }
      await delay(100);
    }
  }

  async isReady(): Promise<boolean> {
    return await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Asks it to shut down with SIGTERM; returns its exit code, or null when it was not running or a signal ended it. */
  async end(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || !this.isRunning()) return null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return child.exitCode;
  }

  /** Sends SIGKILL; returns whether that is what ended it. */
  async kill(): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || !this.isRunning()) return false;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    return child.signalCode === 'SIGKILL';
  }

  /** Stops it with SIGSTOP; returns whether the kernel reports it as stopped. */
  async suspend(): Promise<boolean> {
    process.kill(this.pid, 'SIGSTOP');
    await delay(100);
    const state = /\) (\S)/.exec(readFileSync(`/proc/${this.pid}/stat`, 'utf8'))?.[1];
    return state === 'T';
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  readLog(): string {
    return readFileSync(this.logFile, 'utf8');
  }
}

/** What all processes of a run share. */
interface FleetHome {
  home: string;
  environment: NodeJS.ProcessEnv;
  databaseUrlOf: (service: ServiceName) => string;
}

export class Fleet {
  readonly processes: ServiceProcess[];
  readonly #home: FleetHome;

  private constructor(processes: ServiceProcess[], home: FleetHome) {
    this.processes = processes;
    this.#home = home;
  }

  static async create(options: {
    home: string;
    /** Processes of each service. */
    processesPerService: number;
    databaseUrlOf: (service: ServiceName) => string;
    kafkaBrokers: string | undefined;
  }): Promise<Fleet> {
    const { home, processesPerService, databaseUrlOf, kafkaBrokers } = options;
    mkdirSync(home, { recursive: true });
    const environment = {
      // Only what Node needs to run: no setting of this process reaches the services.
      ...readBareEnvironment(),
      THROUGHLINE_WRITE_KEY: keys.write,
      THROUGHLINE_SERVER_KEY: keys.server,
      THROUGHLINE_READ_KEY: keys.read,
      THROUGHLINE_ADMIN_KEY: keys.admin,
      THROUGHLINE_IDENTITY_SECRET: 'a secret of fault runs, long enough',
      ...(kafkaBrokers === undefined ? {} : { KAFKA_BROKERS: kafkaBrokers }),
    };
    const ports = new Map<ServiceName, number[]>();
    for (const service of serviceNames) {
      const own: number[] = [];
      for (let number = 0; number < processesPerService; number += 1) own.push(await findFreePort());
      ports.set(service, own);
    }
    const urlOf = (service: ServiceName): string => `http://127.0.0.1:${ports.get(service)?.[0]}`;
    const askable = { THROUGHLINE_INGEST_URL: urlOf('ingest'), THROUGHLINE_METRICS_URL: urlOf('metrics') };
    const fleetHome = { home, environment: { ...environment, ...askable }, databaseUrlOf };
    const processes = [...ports].flatMap(([service, own]) =>
      own.map((port, number) => new ServiceProcess(service, number, port, fleetHome)),
    );
    return new Fleet(processes, fleetHome);
  }

  /** One more process of the service, of the sources in another directory. Not started. */
  async add(service: ServiceName, ofCheckout: string): Promise<ServiceProcess> {
    const number = this.of(service).length;
    const added = new ServiceProcess(service, number, await findFreePort(), this.#home, ofCheckout);
    this.processes.push(added);
    return added;
  }

  of(service: ServiceName): ServiceProcess[] {
    return this.processes.filter((one) => one.service === service);
  }

  /** Of one that runs. */
  urlOf(service: ServiceName): string {
    return this.of(service).find((one) => one.isRunning())?.url ?? '';
  }

  /** The process with this number of every service; numbers start at 0. */
  numbered(number: number): ServiceProcess[] {
    return this.processes.filter((one) => one.name.endsWith(`-${number}`));
  }

  async start(): Promise<void> {
    for (const one of this.processes) one.start();
    await Promise.all(this.processes.map((one) => one.waitUntilReady()));
  }

  /** Ends suspended processes too. */
  async killAll(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.kill()));
  }
}
