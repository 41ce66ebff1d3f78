/** A comparison as a person reads it: medians, their ratio, and whether the runs are apart. */
import { sum } from '../sum.ts';
import type { WholeWay } from '../whole-way.ts';
import type { Comparison } from './compare-commits.ts';
import { areApart, type Spread, spreadOf } from './spread.ts';

/** Of fewer runs it says nothing whether they overlap. */
const fewRuns = 3;

export function compareText(comparison: Comparison): string {
  const { runs, log, workload, touchpoints } = comparison;
  const row = (name: string, digits: number, figure: (run: WholeWay) => number): string => {
    const before = spreadOf(runs.map(({ commit }) => figure(commit)));
    const after = spreadOf(runs.map(({ checkout }) => figure(checkout)));
    return (
      name.padEnd(26) +
      cell(before, digits) +
      cell(after, digits) +
      (after.median / before.median).toFixed(2).padStart(8) +
      (runs.length < fewRuns ? '' : areApart(before, after) ? '   apart' : '   runs overlap')
    );
  };
  const processes = Object.keys(runs[0]?.commit.cpuMicros ?? {});
  return `${[
    `workload ${workload}, log in ${log}: ${touchpoints} touchpoints, ${runs.length} runs of each in turns; median (least to most)`,
    `commit    ${comparison.commit}`,
    `checkout  ${comparison.checkout}`,
    '',
    `${''.padEnd(26)}${'commit'.padStart(26)}${'checkout'.padStart(26)}   ratio`,
    row('touchpoints a second', 0, (run) => run.touchpointsPerSecond),
    row('CPU µs a touchpoint', 0, ({ cpuMicros }) => sum(cpuMicros)),
    ...processes.map((name) => row(`  ${name}`, 0, ({ cpuMicros }) => cpuMicros[name] ?? Number.NaN)),
    ...processes.map((name) =>
      row(`peak memory, MiB, ${name}`, 0, ({ peakMemoryMiB }) => peakMemoryMiB[name] ?? Number.NaN),
    ),
  ].join('\n')}\n`;
}

function cell({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`.padStart(26);
}
