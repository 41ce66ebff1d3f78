import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LogConfiguration } from '../open-log.ts';

export interface ContractChild {
  process: ChildProcess;
  /** Lines it has printed; the last may be lost with a kill, none is half. */
  lines: string[];
  exited: Promise<void>;
}

const children: ContractChild[] = [];

/** After a test, however it ended: a stopped child would outlive the run. */
export async function killChildren(): Promise<void> {
  for (const child of children) child.process.kill('SIGKILL');
  await Promise.all(children.splice(0).map((child) => child.exited));
}

export function spawnChild(task: string, configuration: LogConfiguration, topic: string): ContractChild {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', 'contract-child.ts'), task, JSON.stringify(configuration), topic],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const spawned = { process: child, lines, exited: once(child, 'close').then(() => undefined) };
  children.push(spawned);
  return spawned;
}
