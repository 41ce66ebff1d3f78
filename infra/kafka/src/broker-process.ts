/**
 * Which brokers of a directory run. The machine is asked, not a file: a command that was killed half-way has written
 * nothing down, and a process id may have gone to another program.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function brokerDirectory(directory: string, id: number): string {
  return join(directory, `broker-${id}`);
}

/** The last argument of a broker, and what it is known by. */
export function propertiesFile(directory: string, id: number): string {
  return join(brokerDirectory(directory, id), 'server.properties');
}

/** Process ids by broker. */
export function findBrokerProcesses(directory: string, ids: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const { pid, line } of listCommandLines()) {
    const id = ids.find((one) => line.endsWith(` kafka.Kafka ${propertiesFile(directory, one)}`));
    if (id !== undefined) found.set(id, pid);
  }
  return found;
}

interface CommandLine {
  pid: number;
  line: string;
}

function listCommandLines(): CommandLine[] {
  if (existsSync('/proc/self/cmdline')) return listFromProc();
  // Unlimited: a broker's class path is longer than any terminal is wide.
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').map((row) => {
    const [, pid, line = ''] = /^\s*(\d+)\s+(.*)$/.exec(row.trimEnd()) ?? [];
    return { pid: Number(pid), line };
  });
}

function listFromProc(): CommandLine[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ');
        return { pid: Number(name), line };
      } catch {
        // It has ended meanwhile.
        return { pid: Number(name), line: '' };
      }
    });
}
