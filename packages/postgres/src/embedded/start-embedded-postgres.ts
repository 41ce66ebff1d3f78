/**
 * A Postgres without an installation: binaries from npm, data in the home, no installation. Started and
 * stopped with its parent; what a killed parent left running is adopted.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { StructuredLog } from '../structured-log.ts';
import { createPrivateDirectory, locateData, type DataLocation } from './data-location.ts';
import { takeOwnership } from './owner-mark.ts';
import {
  connectionStringOf,
  findRunningServer,
  isServer,
  stopServer,
  waitUntilServing,
} from './running-server.ts';
import { findServerBinaries, type ServerBinaries } from './server-binaries.ts';
import { serverSettings } from './server-settings.ts';
import { processIdentity } from './server-user.ts';

export interface EmbeddedPostgresOptions {
  /** Absolute path; made when it is missing. */
  dataDirectory: string;
  /** Listen here, or fail with an error that names the port. Without it: any free port. */
  port?: number;
  log: StructuredLog;
  /** Settings over the defaults; tests switch fsync off. */
  settings?: Record<string, string>;
  /** Called when the server ends without having been stopped. */
  onUnexpectedExit?(detail: string): void;
}

export interface EmbeddedPostgres {
  /** Of the database `throughline`, with its password. */
  connectionString: string;
  port: number;
  /** Whether the server was already running, left by a parent that was killed. */
  adopted: boolean;
  /** Ends sessions, writes a checkpoint, resolves when the process is gone. */
  stop(): Promise<void>;
}

/** Recovery after a crash may take minutes with 2 GB of WAL to replay. */
const startDeadlineMs = 600_000;
const stopDeadlineMs = 20_000;
const watchIntervalMs = 500;

/** Throws an Error whose message says what to do: port taken, data directory closed, no binaries, wrong version. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const location = locateData(options.dataDirectory, options.log);
  const release = takeOwnership(location.home);
  try {
    const binaries = findServerBinaries(location.user, options.log);
    return (await adopt(location, options, release)) ?? (await start(location, binaries, options, release));
  } catch (error) {
    release();
    throw error;
  }
}

async function adopt(
  location: DataLocation,
  options: EmbeddedPostgresOptions,
  release: () => void,
): Promise<EmbeddedPostgres | undefined> {
  const running = findRunningServer(location.cluster);
  if (running === undefined) return undefined;
  const { pid, port } = running;
  const serving = await waitUntilServing(
    { port, password: location.password, cluster: location.cluster },
    () => findRunningServer(location.cluster)?.pid !== pid,
    30_000,
  );
  if (!serving || (options.port !== undefined && options.port !== port)) {
    await stopServer(pid, stopDeadlineMs);
    return undefined;
  }
  options.log.info({ event: 'postgres.adopted', pid, port }, 'the database was still running: adopted it');
  const stopWatching = watchUntilGone(pid, options);
  return {
    connectionString: connectionStringOf(port, location.password, 'throughline'),
    port,
    adopted: true,
    async stop() {
      stopWatching();
      await stopServer(pid, stopDeadlineMs);
      release();
    },
  };
}

/** An adopted server is no child of this process: polling is the only way to see that it has ended. */
function watchUntilGone(pid: number, options: EmbeddedPostgresOptions): () => void {
  const timer = setInterval(() => {
    if (isServer(pid)) return;
    clearInterval(timer);
    options.onUnexpectedExit?.('the adopted database server ended');
  }, watchIntervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function start(
  location: DataLocation,
  binaries: ServerBinaries,
  options: EmbeddedPostgresOptions,
  release: () => void,
): Promise<EmbeddedPostgres> {
  if (!existsSync(location.cluster)) createCluster(location, binaries);
  refuseOtherVersion(location.cluster, binaries);
  if (options.port !== undefined && !(await isPortFree(options.port))) throw portTaken(options.port);
  const startedAt = Date.now();
  const { child, port } = await launchOnFreePort(location, binaries, options);
  const pid = child.pid ?? 0;
  let stopping = false;
  child.once('exit', (code, signal) => {
    if (stopping) return;
    options.onUnexpectedExit?.(`the database server ended with ${signal ?? `code ${code}`}`);
  });
  await createDatabase(connectionStringOf(port, location.password, 'postgres'));
  options.log.info(
    { event: 'postgres.started', pid, port, durationMs: Date.now() - startedAt },
    'the embedded database is up',
  );
  return {
    connectionString: connectionStringOf(port, location.password, 'throughline'),
    port,
    adopted: false,
    async stop() {
      stopping = true;
      await stopServer(pid, stopDeadlineMs);
      release();
    },
  };
}

/** Made aside and renamed: a parent killed half way leaves no half-made cluster to be started. */
function createCluster(location: DataLocation, binaries: ServerBinaries): void {
  const unfinished = `${location.cluster}.new`;
  const passwordFile = join(location.parent, 'initdb-password');
  rmSync(unfinished, { recursive: true, force: true });
  createPrivateDirectory(unfinished, location.user);
  try {
    rmSync(passwordFile, { force: true });
    writeFileSync(passwordFile, location.password, { mode: 0o600 });
    const { uid, gid } = location.user;
    if (uid !== undefined && gid !== undefined) chownSync(passwordFile, uid, gid);
    const result = spawnSync(
      binaries.initdb,
      [
        '-D',
        unfinished,
        '-U',
        'throughline',
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
        // Byte order for comparisons, the same on every system; Unicode rules for upper and lower case.
        '-E',
        'UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ],
      { ...serverProcess(location), encoding: 'utf8' },
    );
    if (result.status !== 0) {
      throw new Error(`the database could not be created: ${result.stderr || result.error?.message}`, {
        cause: result.error,
      });
    }
    renameSync(unfinished, location.cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function refuseOtherVersion(cluster: string, binaries: ServerBinaries): void {
  const made = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (made === binaries.majorVersion) return;
  throw new Error(
    `${cluster} was made by Postgres ${made}, this is ${binaries.majorVersion}: dump it with the former, or set DATABASE_URL`,
  );
}

function serverProcess(location: DataLocation) {
  return { ...processIdentity(location.user), cwd: location.parent, env: { LC_ALL: 'C', TZ: 'UTC' } };
}

/** Between looking for a free port and taking it another process may take it: look again. */
async function launchOnFreePort(
  location: DataLocation,
  binaries: ServerBinaries,
  options: EmbeddedPostgresOptions,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort());
    const logFile = join(location.home, 'server.log');
    rotate(logFile);
    const logStart = existsSync(logFile) ? statSync(logFile).size : 0;
    const settings = { ...serverSettings(port, availableMemory()), ...options.settings };
    const child = launch(location, binaries, settings, logFile);
    let ended: string | undefined;
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (code, signal) => (ended ??= `ended with ${signal ?? `code ${code}`}`));
    const server = { port, password: location.password, cluster: location.cluster };
    if (await waitUntilServing(server, () => ended !== undefined, startDeadlineMs)) return { child, port };
    child.kill('SIGKILL');
    const said = readFileSync(logFile, 'utf8').slice(logStart).trim().slice(-2_000);
    const taken = /Address already in use|could not bind/i.test(said);
    if (taken && options.port !== undefined) throw portTaken(options.port);
    if (!taken || attempt >= 5)
      throw new Error(`the database did not start (${ended ?? 'deadline'}): ${said}`);
  }
}

/** In bytes. A container's limit is 0 or absurdly large where there is none. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function launch(
  location: DataLocation,
  binaries: ServerBinaries,
  settings: Record<string, string>,
  logFile: string,
): ChildProcess {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(binaries.postgres, ['-D', location.cluster, ...flags], {
      ...serverProcess(location),
      // A group of its own: Ctrl+C in a terminal reaches the parent only, which lets the services finish first. A file
      // for its words: a pipe would break with the parent.
      detached: true,
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** Bounded: 10 MB, and the one before. */
function rotate(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > 10_000_000) renameSync(logFile, `${logFile}.1`);
}

async function createDatabase(connectionString: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = 'throughline'");
    if (found.rowCount === 0) await client.query('create database throughline');
  } finally {
    await client.end();
  }
}

function portTaken(port: number): Error {
  return new Error(
    `port ${port} on 127.0.0.1 is taken: choose another for the database, or stop what listens there`,
  );
}

async function isPortFree(port: number): Promise<boolean> {
  return (await listenBriefly(port)) !== undefined;
}

async function findFreePort(): Promise<number> {
  const port = await listenBriefly(0);
  if (port === undefined) throw new Error('there is no free port on 127.0.0.1');
  return port;
}

async function listenBriefly(port: number): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
