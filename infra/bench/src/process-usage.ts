/** CPU time and peak memory of processes, as Linux counts them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of `sysconf(_SC_CLK_TCK)`; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

export interface MeasuredProcess {
  name: string;
  pid: number;
  /** Count its child processes too, ended ones included: Postgres has one for each connection. */
  withChildren?: boolean;
}

interface Stat {
  parent: number;
  ownTicks: number;
  endedChildrenTicks: number;
}

/** Seconds of CPU since the process began. @throws Error when it has ended */
export function cpuSeconds(measured: MeasuredProcess): number {
  const seconds = cpuSecondsIfRunning(measured);
  if (seconds === null) throw new Error(`process ${measured.pid} has ended during the run`);
  return seconds;
}

/** Null when it has ended. */
export function cpuSecondsIfRunning({ pid, withChildren = false }: MeasuredProcess): number | null {
  const own = readStat(pid);
  if (own === null) return null;
  if (!withChildren) return own.ownTicks / ticksPerSecond;
  const children = childrenOf(pid).reduce((sum, child) => sum + (readStat(child)?.ownTicks ?? 0), 0);
  return (own.ownTicks + own.endedChildrenTicks + children) / ticksPerSecond;
}

/** Peak resident set; with children, of the largest of them, since the shared buffers count in each. */
export function peakMemoryMiB({ pid, withChildren = false }: MeasuredProcess): number {
  const pids = withChildren ? [pid, ...childrenOf(pid)] : [pid];
  return Math.max(...pids.map(highWaterMarkMiB));
}

/** Memory in use now: resident; with children, what each has for itself, and once what they share. */
export function memoryMiB({ pid, withChildren = false }: MeasuredProcess): number {
  if (!withChildren) return statusMiB(pid, 'VmRSS');
  const pids = [pid, ...childrenOf(pid)];
  const own = pids.reduce((total, each) => total + statusMiB(each, 'RssAnon'), 0);
  return own + Math.max(...pids.map((each) => statusMiB(each, 'RssShmem')));
}

function highWaterMarkMiB(pid: number): number {
  return statusMiB(pid, 'VmHWM');
}

function statusMiB(pid: number, field: 'VmHWM' | 'VmRSS' | 'RssAnon' | 'RssShmem'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => readStat(candidate)?.parent === pid);
}

function readStat(pid: number): Stat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (field: number): number => fields[field - 3] ?? 0;
    return { parent: at(4), ownTicks: at(14) + at(15), endedChildrenTicks: at(16) + at(17) };
  } catch {
    return null;
  }
}
