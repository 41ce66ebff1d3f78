/** The history of runs in the repository: a line of JSON for each, with the commit and the machine that it is of. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { findCommit } from '../git.ts';
import { judge } from '../goals.ts';
import type { Machine } from '../machine.ts';
import type { BenchReport } from '../bench-report.ts';

export const historyFile = path.resolve(import.meta.dirname, '../../history.jsonl');

export interface RecordedRun {
  at: string;
  commit: string;
  machine: Machine;
  log: string;
  workload: string;
  touchpoints: number;
  touchpointsPerSecond: number;
  cpuMicros: Record<string, number>;
  /** By the goal's name. */
  measured: Record<string, number>;
}

/** @throws Error when the checkout is not what its commit says: the line would be of code that cannot be found. */
export function commitToRecord(): string {
  const { commit, isClean } = findCommit();
  if (!isClean)
    throw new Error('--record needs a checkout without changes: commit them, or leave --record out');
  return commit;
}

export function recordRun(report: BenchReport, commit: string, now: Date): RecordedRun {
  const run: RecordedRun = {
    at: now.toISOString(),
    commit,
    machine: report.machine,
    log: report.log,
    workload: report.workload,
    touchpoints: report.touchpoints,
    touchpointsPerSecond: Math.round(report.wholeWay.touchpointsPerSecond),
    cpuMicros: roundAll(report.wholeWay.cpuMicros),
    measured: roundAll(Object.fromEntries(judge(report).map(({ name, value }) => [name, value]))),
  };
  appendFileSync(historyFile, `${JSON.stringify(run)}\n`);
  return run;
}

function roundAll(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number(value.toPrecision(4))]),
  );
}
