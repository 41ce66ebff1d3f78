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

/** Seconds of CPU that a living process has used; undefined when there is none, or the system does not say. */
export function findCpuSeconds(pid: number): number | undefined {
  return process.platform === 'linux' ? readStat(pid)?.cpuSeconds : undefined;
}

/** `sysconf(_SC_CLK_TCK)`; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface ProcessStat {
  startTime: string | undefined;
  cpuSeconds: number;
}

/** Of a living process. */
function readStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces; counted from 1, CPU is fields 14 and 15, the start time is 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { startTime: fields[19], cpuSeconds: ticks / ticksPerSecond };
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
