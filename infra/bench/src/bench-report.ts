/** What a run measured. */
import type { Ceiling, KafkaCeiling, ParseAndDrop } from './ceilings.ts';
import type { ClientShare } from './client-share.ts';
import type { Machine } from './machine.ts';
import type { SinglePosts } from './single-posts.ts';
import { sum } from './sum.ts';
import type { HalfLoad, WholeWay } from './whole-way.ts';

export interface BenchReport {
  workload: string;
  touchpoints: number;
  log: string;
  machine: Machine;
  parseAndDrop: ParseAndDrop;
  bareChain: Ceiling;
  /** Empty on the Postgres log. */
  kafkaCeilings: readonly KafkaCeiling[];
  wholeWay: WholeWay;
  /** By service; null on the Postgres log and without a profile. */
  clientShares: Record<string, ClientShare> | null;
  /** At ingest. */
  singlePosts: SinglePosts;
  ratios: {
    wholeWayToBareChain: number;
    /** The same in CPU, which a busy machine blurs less than speed. */
    bareChainToWholeWayCpu: number;
    parseAndDropToIngestCpu: number;
    singleParseAndDropToIngestCpu: number;
  };
  halfLoad: HalfLoad | null;
}

export function ratiosOf({
  parseAndDrop,
  bareChain,
  wholeWay,
  singlePosts,
}: Pick<BenchReport, 'parseAndDrop' | 'bareChain' | 'wholeWay' | 'singlePosts'>): BenchReport['ratios'] {
  return {
    wholeWayToBareChain: wholeWay.touchpointsPerSecond / bareChain.touchpointsPerSecond,
    bareChainToWholeWayCpu: sum(bareChain.cpuMicros) / sum(wholeWay.cpuMicros),
    parseAndDropToIngestCpu:
      (parseAndDrop.cpuMicros['fastify'] ?? NaN) / (wholeWay.cpuMicros['ingest'] ?? NaN),
    singleParseAndDropToIngestCpu: parseAndDrop.single.cpuMicros / singlePosts.cpuMicros,
  };
}
