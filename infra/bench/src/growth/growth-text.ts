/** Growth as a person reads it: the beginning beside the end, and their ratio. */
import { spreadOf } from '../compare/spread.ts';
import { sum } from '../sum.ts';
import type { Storage } from './find-storage.ts';
import type { Growth, Stretch } from './measure-growth.ts';

/** Part of the stretches that counts as the beginning, and as the end. */
const endShare = 0.2;
/** The cost at the end beside that at the beginning. */
const goal = 1.3;

export function growthText(growth: Growth): string {
  const { stretches, storage, storedAtFirst, storedAtLast, minutes, log, workload } = growth;
  const ends = Math.max(1, Math.round(stretches.length * endShare));
  const touchpoints = stretches[0]?.cost.touchpoints ?? Number.NaN;
  const row = (name: string, digits: number, figure: (stretch: Stretch) => number): string => {
    const begin = spreadOf(stretches.slice(0, ends).map(figure)).median;
    const end = spreadOf(stretches.slice(-ends).map(figure)).median;
    return `  ${name.padEnd(34)}${begin.toFixed(digits).padStart(12)}${end.toFixed(digits).padStart(12)}${(end / begin).toFixed(2).padStart(8)}`;
  };
  const costOf = ({ cost }: Stretch): number => sum(cost.cpuMicros);
  const flatness =
    spreadOf(stretches.slice(-ends).map(costOf)).median /
    spreadOf(stretches.slice(0, ends).map(costOf)).median;
  const processes = Object.keys(stretches[0]?.memoryMiB ?? {});
  return `${[
    `workload ${workload}, log in ${log}: ${minutes} min of load, from ${storedAtFirst} to ${storedAtLast} touchpoints stored;`,
    `medians of the first and of the last ${ends} of ${stretches.length} stretches of ${touchpoints}`,
    '',
    `${''.padEnd(36)}${'beginning'.padStart(12)}${'end'.padStart(12)}   ratio`,
    row('touchpoints a second', 0, ({ cost }) => cost.touchpointsPerSecond),
    row('CPU of a touchpoint, µs', 0, costOf),
    ...processes.map((name) => row(`  ${name}`, 1, ({ cost }) => cost.cpuMicros[name] ?? Number.NaN)),
    row('WAL of a touchpoint, bytes', 0, ({ walBytes }) => walBytes / touchpoints),
    ...processes.map((name) =>
      row(`memory after a stretch, MiB, ${name}`, 0, (stretch) => stretch.memoryMiB[name] ?? Number.NaN),
    ),
    '',
    `peak memory, MiB: ${Object.entries(stretches.at(-1)?.cost.peakMemoryMiB ?? {})
      .map(([name, peak]) => `${name} ${peak.toFixed(0)}`)
      .join(', ')}`,
    `CPU at the end / at the beginning ${flatness.toFixed(2)}, at most ${goal}: ${flatness <= goal ? 'met' : 'not met'}`,
    `checkpoints ${storage.last.checkpoints - storage.first.checkpoints}, vacuums ${storage.last.vacuums - storage.first.vacuums}`,
    ...relationLines(storage, storedAtFirst, storedAtLast),
  ].join('\n')}\n`;
}

function relationLines(
  { first, last }: { first: Storage; last: Storage },
  storedAtFirst: number,
  storedAtLast: number,
): string[] {
  return [
    '',
    `${'tables and indexes of 1 MiB and more'.padEnd(52)}     MiB   bytes a touchpoint: first   last   not used, %`,
    ...last.relations.map(({ name, kind, bytes, unusedShare }) => {
      const before = first.relations.find((relation) => relation.name === name);
      return (
        `  ${kind === 'index' ? '  ' : ''}${name}`.padEnd(52) +
        (bytes / 1024 ** 2).toFixed(1).padStart(8) +
        (before === undefined ? '-' : (before.bytes / storedAtFirst).toFixed(1)).padStart(28) +
        (bytes / storedAtLast).toFixed(1).padStart(7) +
        (unusedShare * 100).toFixed(0).padStart(14)
      );
    }),
  ];
}
