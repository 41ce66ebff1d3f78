/**
 * Which process a recorded pid meant. Pids are used again, so a pid alone never justifies a kill: the start time has to
 * be the recorded one too.
 */
import { findStartMark } from '@throughline/postgres';

export interface ProcessIdentity {
  pid: number;
  /** Opaque; equal only for the same process. */
  startedAt: string;
}

/** Null when there is no such process; a zombie counts as none. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const startedAt = findStartMark(pid);
  return startedAt === undefined ? null : { pid, startedAt };
}

export function isRunning(recorded: ProcessIdentity): boolean {
  return identifyProcess(recorded.pid)?.startedAt === recorded.startedAt;
}
