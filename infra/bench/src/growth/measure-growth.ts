/**
 * Load for a stated time, without a pause: what grows with it (memory, tables and indexes, WAL), and what a touchpoint costs
 * at the beginning and at the end. Each stretch is waited for until its figures are out, so a cost never leaves work behind.
 */
import { createPool } from '@throughline/postgres';
import type { BenchSession } from '../bench-session.ts';
import type { GrowthOptions } from '../config.ts';
import { memoryMiB } from '../process-usage.ts';
import { progress } from '../progress.ts';
import { measureWholeWay, type WholeWay } from '../whole-way.ts';
import { createWorkload } from '../workload.ts';
import { findStorage, prepareStorageStatistics, type Storage } from './find-storage.ts';

export interface Stretch {
  /** Touchpoints that were stored before it. */
  stored: number;
  cost: WholeWay;
  /** After it, by process. */
  memoryMiB: Record<string, number>;
  walBytes: number;
}

export interface Growth {
  log: string;
  workload: string;
  minutes: number;
  /** Without the first, which includes compiling. */
  stretches: readonly Stretch[];
  /** After the first stretch, and after the last. */
  storage: { first: Storage; last: Storage };
  storedAtFirst: number;
  storedAtLast: number;
}

export async function measureGrowth(session: BenchSession, options: GrowthOptions): Promise<Growth> {
  const { workload, minutes, touchpoints } = options;
  const stack = await session.startStack(null);
  const processes = [...stack.processes, ...session.others];
  const pool = createPool({
    connectionString: session.databaseUrl,
    applicationName: 'bench.growth',
    max: 1,
    onError: () => {},
  });
  const [nowMs, run] = [Date.now(), Date.now().toString(36)];
  let customers: ReadonlySet<string> = new Set();
  const sendNext = async (stored: number): Promise<WholeWay> => {
    // Visitors become more with the touchpoints, and those of before come back.
    const stream = { workload, touchpoints, nowMs, run, from: stored, ofTouchpoints: stored + touchpoints };
    const cost = await measureWholeWay(stack, stream, session.others, customers);
    customers = new Set([...customers, ...createWorkload(stream).customers]);
    return cost;
  };
  try {
    await prepareStorageStatistics(pool);
    progress('the first stretch, which is not counted');
    await sendNext(0);
    const first = await findStorage(pool);
    const until = performance.now() + minutes * 60_000;
    const stretches: Stretch[] = [];
    let walBytes = first.walBytes;
    let stored = touchpoints;
    while (performance.now() < until) {
      const cost = await sendNext(stored);
      const now = await findStorage(pool);
      stretches.push({
        stored,
        cost,
        memoryMiB: Object.fromEntries(processes.map((each) => [each.name, memoryMiB(each)])),
        walBytes: now.walBytes - walBytes,
      });
      walBytes = now.walBytes;
      stored += touchpoints;
      progress(`${stored} touchpoints, ${cost.touchpointsPerSecond.toFixed(0)} a second`);
    }
    return {
      log: options.log,
      workload,
      minutes,
      stretches,
      storage: { first, last: await findStorage(pool) },
      storedAtFirst: touchpoints,
      storedAtLast: stored,
    };
  } finally {
    await pool.end();
  }
}
