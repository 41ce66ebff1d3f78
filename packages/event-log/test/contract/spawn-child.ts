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

export function spawnChild(task: string, configuration: LogConfiguration, topic: string): ContractChild {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', 'contract-child.ts'), task, JSON.stringify(configuration), topic],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { process: child, lines, exited: once(child, 'close').then(() => undefined) };
}
