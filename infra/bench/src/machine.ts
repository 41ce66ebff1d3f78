/** The machine's class: figures are compared within one only. */
import { availableParallelism, cpus, totalmem } from 'node:os';

export interface Machine {
  cores: number;
  memoryMiB: number;
  cpu: string;
  node: string;
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
  };
}
