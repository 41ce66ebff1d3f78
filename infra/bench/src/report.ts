/** The figures as a person reads them. */
import type { BenchReport } from './bench-report.ts';
import { type Judgement, judge } from './goals.ts';
import { clientShareLines, kafkaCeilingLines } from './report-kafka.ts';
import { sum } from './sum.ts';
import type { Latency } from './whole-way.ts';

export function reportText(report: BenchReport): string {
  const { machine, parseAndDrop, bareChain, wholeWay, singlePosts, halfLoad, ratios } = report;
  const lines = [
    `workload ${report.workload}: ${report.touchpoints} touchpoints of about 1 KB, batches of 100, log in ${report.log}`,
    `machine: ${machine.cores} cores (${machine.cpu}), ${machine.memoryMiB} MiB, Node ${machine.node}; the driver runs on it too`,
    '',
    row('', 'touchpoints/s', 'CPU µs per touchpoint'),
    row('fastify, parse and drop', perSecond(parseAndDrop), cpu(parseAndDrop.cpuMicros)),
    row('bare chain of SQL', perSecond(bareChain), cpu(bareChain.cpuMicros)),
    row('whole way, figures out', perSecond(wholeWay), cpu(wholeWay.cpuMicros)),
    row('  acknowledged', wholeWay.acknowledgedPerSecond.toFixed(0), `${wholeWay.retries} retries`),
    row('single, parse and drop', perSecond(parseAndDrop.single), parseAndDrop.single.cpuMicros.toFixed(1)),
    row('single, ingest', perSecond(singlePosts), singlePosts.cpuMicros.toFixed(1)),
    '',
    `bare chain CPU / whole way CPU   ${ratios.bareChainToWholeWayCpu.toFixed(2)}`,
    `peak memory, MiB                 ${pairs(wholeWay.peakMemoryMiB, 0)}`,
    ...kafkaCeilingLines(report.kafkaCeilings),
    ...(report.clientShares === null ? [] : clientShareLines(report.clientShares, wholeWay.cpuMicros)),
  ];
  if (halfLoad) {
    lines.push(
      '',
      `at ${halfLoad.touchpointsPerSecond.toFixed(0)} touchpoints/s (about half), ms          p50      p99`,
      latencyRow('acknowledgement, single', halfLoad.acknowledgementMs),
      latencyRow('acknowledgement, batch of 100', halfLoad.batchAcknowledgementMs),
      latencyRow('visible in the profile API', halfLoad.profileVisibleMs),
      latencyRow('visible in the metrics API', halfLoad.metricsVisibleMs),
      latencyRow('GET of a profile', halfLoad.profileGetMs),
    );
  }
  lines.push('', 'goals', ...judge(report).map(goalRow));
  return `${lines.join('\n')}\n`;
}

function goalRow({ name, value, goal, bound, isMet }: Judgement): string {
  const digits = goal < 1 ? 2 : 0;
  return (
    `  ${name.padEnd(40)}${value.toFixed(digits).padStart(8)}   at ${bound} ${goal.toFixed(digits).padEnd(6)}` +
    (isMet ? 'met' : 'not met')
  );
}

function row(name: string, rate: string, rest: string): string {
  return `${name.padEnd(26)}${rate.padStart(14)}   ${rest}`;
}

function perSecond({ touchpointsPerSecond }: { touchpointsPerSecond: number }): string {
  return touchpointsPerSecond.toFixed(0);
}

function cpu(micros: Record<string, number>): string {
  return `${sum(micros).toFixed(1)} (${pairs(micros, 1)})`;
}

function pairs(values: Record<string, number>, digits: number): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(digits)}`)
    .join(', ');
}

function latencyRow(name: string, { p50, p99, count }: Latency): string {
  return `  ${name.padEnd(34)}${p50.toFixed(1).padStart(9)}${p99.toFixed(1).padStart(9)}   of ${count}`;
}
