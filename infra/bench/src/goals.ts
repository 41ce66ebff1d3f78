/** What a run has to reach, and whether it did. The goals are ratios where a ratio can say it: they travel. */
import type { BenchReport } from './bench-report.ts';
import { sum } from './sum.ts';

export interface Judgement {
  name: string;
  value: number;
  goal: number;
  /** Whether the goal is the least or the most that counts as reached. */
  bound: 'least' | 'most';
  isMet: boolean;
}

/** From so many stored touchpoints on, tables and indexes are larger than the buffers. */
const manyTouchpoints = 1_000_000;

export function judge(report: BenchReport): Judgement[] {
  const { ratios, halfLoad, wholeWay, log, touchpoints } = report;
  return [
    least(
      'whole way / bare chain, speed',
      ratios.wholeWayToBareChain,
      touchpoints < manyTouchpoints ? 0.5 : 0.45,
    ),
    ...(log === 'postgres'
      ? [most('CPU of a touchpoint, all processes, µs', sum(wholeWay.cpuMicros), 180)]
      : []),
    least('parse-and-drop / ingest, CPU', ratios.parseAndDropToIngestCpu, 0.15),
    least('the same for single requests', ratios.singleParseAndDropToIngestCpu, 0.5),
    ...(halfLoad === null
      ? []
      : [
          most('acknowledgement, p50, ms', halfLoad.acknowledgementMs.p50, 10),
          most('acknowledgement, p99, ms', halfLoad.acknowledgementMs.p99, 50),
          most('visible in the profile API, p50, ms', halfLoad.profileVisibleMs.p50, 50),
          most('visible in the profile API, p99, ms', halfLoad.profileVisibleMs.p99, 250),
          most('visible in the metrics API, p50, ms', halfLoad.metricsVisibleMs.p50, 80),
          most('visible in the metrics API, p99, ms', halfLoad.metricsVisibleMs.p99, 400),
          most('GET of a profile, p99, ms', halfLoad.profileGetMs.p99, 25),
        ]),
  ];
}

function least(name: string, value: number, goal: number): Judgement {
  return { name, value, goal, bound: 'least', isMet: value >= goal };
}

function most(name: string, value: number, goal: number): Judgement {
  return { name, value, goal, bound: 'most', isMet: value <= goal };
}
