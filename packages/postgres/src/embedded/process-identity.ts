/** Process ids are used again: an id with the time its process began names one process for ever. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A zombie is not alive: it holds neither port nor file, and an init that never reaps keeps it for ever. */
export function isAlive(pid: number): boolean {
  if (process.platform === 'linux') return readStat(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined when there is no such living process, or the system does not say. */
export function findStartMark(pid: number): string | undefined {
  return process.platform === 'linux' ? readStat(pid)?.startTime : askPs(pid, 'lstart=');
}

/** Of a living process. */
function readStat(pid: number): { startTime: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces; the start time is field 22, counted from 1.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { startTime: fields[19] };
  } catch {
    return undefined;
  }
}

export function isPostgresProcess(pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
    } catch {
      return false;
    }
  }
  return askPs(pid, 'comm=')?.includes('postgres') ?? false;
}

function askPs(pid: number, field: string): string | undefined {
  const text = spawnSync('ps', ['-o', field, '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return text === '' ? undefined : text;
}
