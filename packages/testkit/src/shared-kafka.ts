/** The Kafka broker of a test run, by the commands that developers use. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SharedServer } from './shared-postgres.ts';

const run = promisify(execFile);
const commands = join(import.meta.dirname, '..', '..', '..', 'infra', 'kafka', 'src');
const prefix = 'throughline-test-kafka-';

export async function startSharedKafka(): Promise<SharedServer> {
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
    if (existsSync(`/proc/${pid}`)) continue;
    await wipe(join(tmpdir(), name)).catch(() => {});
  }
}

async function runCommand(file: string, home: string): Promise<{ stdout: string }> {
  return await run(process.execPath, [join(commands, file)], {
    env: { ...process.env, THROUGHLINE_HOME: home },
  });
}
