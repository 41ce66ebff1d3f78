import { describe, expect, test } from 'vitest';
import { judge } from '../src/goals.ts';
import type { BenchReport } from '../src/bench-report.ts';

const cost = { touchpointsPerSecond: 1_000, cpuMicros: { ingest: 30, postgres: 70 } };

const report: BenchReport = {
  workload: 'shop',
  touchpoints: 100_000,
  log: 'postgres',
  machine: { cores: 2, memoryMiB: 8_000, cpu: 'cpu', node: 'v24' },
  parseAndDrop: { ...cost, single: { touchpointsPerSecond: 1, cpuMicros: 1 } },
  bareChain: cost,
  kafkaCeilings: [],
  wholeWay: { ...cost, touchpoints: 100_000, acknowledgedPerSecond: 1, retries: 0, peakMemoryMiB: {} },
  clientShares: null,
  singlePosts: { touchpointsPerSecond: 1, cpuMicros: 2 },
  ratios: {
    wholeWayToBareChain: 0.47,
    bareChainToWholeWayCpu: 1,
    parseAndDropToIngestCpu: 0.2,
    singleParseAndDropToIngestCpu: 0.4,
  },
  halfLoad: null,
};

function verdicts(of: BenchReport): Record<string, boolean> {
  return Object.fromEntries(judge(of).map(({ name, isMet }) => [name, isMet]));
}

describe('goals', () => {
  test('are met by a ratio that is large enough and by a cost that is small enough', () => {
    expect(verdicts(report)).toEqual({
      'whole way / bare chain, speed': false,
      'CPU of a touchpoint, all processes, µs': true,
      'parse-and-drop / ingest, CPU': true,
      'the same for single requests': false,
    });
  });

  test('ask less of the speed over more than a million touchpoints', () => {
    expect(verdicts({ ...report, touchpoints: 2_000_000 })['whole way / bare chain, speed']).toBe(true);
  });

  test('leave out the CPU of all processes on Kafka, whose broker is not ours', () => {
    expect(Object.keys(verdicts({ ...report, log: 'kafka' }))).not.toContain(
      'CPU of a touchpoint, all processes, µs',
    );
  });

  test('have the latencies when they were taken', () => {
    const latency = { p50: 9, p99: 60, count: 100 };
    const halfLoad = {
      touchpointsPerSecond: 500,
      acknowledgementMs: latency,
      batchAcknowledgementMs: latency,
      profileVisibleMs: latency,
      metricsVisibleMs: latency,
      profileGetMs: latency,
    };
    expect(verdicts({ ...report, halfLoad })).toMatchObject({
      'acknowledgement, p50, ms': true,
      'acknowledgement, p99, ms': false,
      'visible in the metrics API, p99, ms': true,
      'GET of a profile, p99, ms': false,
    });
  });
});
