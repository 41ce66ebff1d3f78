/** The Kafka broker of a test run: a container where an engine runs, else by the commands that developers use. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startContainerKafka } from './container-kafka.ts';
import { findKafkaSource } from './kafka-source.ts';
import type { SharedServer } from './shared-postgres.ts';

const run = promisify(execFile);
const commands = join(import.meta.dirname, '..', '..', '..', 'infra', 'kafka', 'src');
const prefix = 'throughline-test-kafka-';

export async function startSharedKafka(): Promise<SharedServer> {
  return findKafkaSource().kind === 'container' ? await startContainerKafka() : await startProcessKafka();
}

async function startProcessKafka(): Promise<SharedServer> {
  await discardAbandoned();
  const home = join(tmpdir(), `${prefix}${process.pid}`);
  mkdirSync(home, { recursive: true });
  const { stdout } = await runCommand('up.ts', home);
  const address = /^KAFKA_BROKERS=(.+)$/m.exec(stdout)?.[1];
  if (address === undefined) throw new Error(`kafka:up named no brokers: ${stdout}`);
  return { address, stop: () => wipe(home) };
}

async function wipe(home: string): Promise<void> {
  await runCommand('down.ts', home);
  rmSync(home, { recursive: true, force: true });
}

/** Brokers of runs that were killed: their names hold the run's pid. */
async function discardAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length));
    if (isRunning(pid)) continue;
    await wipe(join(tmpdir(), name)).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function runCommand(file: string, home: string): Promise<{ stdout: string }> {
  return await run(process.execPath, [join(commands, file)], {
    env: { ...process.env, THROUGHLINE_HOME: home },
  });
}
