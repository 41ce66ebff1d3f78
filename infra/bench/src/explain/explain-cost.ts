/**
 * Where the cost of a touchpoint is: a stream is stored, then its next stretch is measured by the server's statistics and
 * the processes' CPU, and the one after that under V8's profilers, whose own cost is so kept out of the other figures.
 */
import { createPool } from '@throughline/postgres';
import path from 'node:path';
import type { BenchSession } from '../bench-session.ts';
import type { ExplainOptions } from '../config.ts';
import { progress } from '../progress.ts';
import { profilerOptions, profileServices } from '../service-profiles.ts';
import { servicesOf } from '../stack-under-test.ts';
import { measureWholeWay, type WholeWay } from '../whole-way.ts';
import { createWorkload, type StreamRef } from '../workload.ts';
import { readBackendUsage, sumByName } from './backend-usage.ts';
import { differenceOf } from './counters.ts';
import {
  databaseDifference,
  type DatabaseCounters,
  prepareStatistics,
  readDatabaseCounters,
} from './database-counters.ts';
import { type HotSpots, hotSpotsOf } from './hot-spots.ts';

export interface ExplainReport {
  log: string;
  workload: string;
  stored: number;
  touchpoints: number;
  wholeWay: WholeWay;
  /** Of the measured stretch. */
  database: DatabaseCounters;
  /** After it: bytes and rows of tables and indexes. */
  sizes: Pick<DatabaseCounters, 'tables' | 'indexes'>;
  /** CPU µs per touchpoint of the server's processes, by connection pool. */
  backendMicros: Record<string, number>;
  hotSpots: Record<string, HotSpots>;
  serverVersion: string;
}

export async function explainCost(session: BenchSession, options: ExplainOptions): Promise<ExplainReport> {
  const { stored, touchpoints, workload } = options;
  const whole = {
    workload,
    nowMs: Date.now(),
    run: Date.now().toString(36),
    ofTouchpoints: stored + 2 * touchpoints,
  };
  const fill: StreamRef = { ...whole, touchpoints: stored, from: 0 };
  const measured: StreamRef = { ...whole, touchpoints, from: stored };
  const profiled: StreamRef = { ...whole, touchpoints, from: stored + touchpoints };

  const profiles = path.resolve(options.profilesDirectory ?? path.join(session.directory, 'profiles'));
  const stack = await session.startStack(profilerOptions(profiles));
  const pool = createPool({
    connectionString: session.databaseUrl,
    applicationName: 'bench.explain',
    max: 1,
    onError: () => {},
  });
  try {
    await prepareStatistics(pool);
    const { rows } = await pool.query<{ version: string }>(`select version()`);
    progress(`storing ${stored} touchpoints`);
    await measureWholeWay(stack, fill, session.others);
    const afterFill = createWorkload(fill).customers;

    progress(`measuring ${touchpoints}`);
    const before = await readDatabaseCounters(pool);
    const backendsBefore = await readBackendUsage(pool);
    const wholeWay = await measureWholeWay(stack, measured, session.others, afterFill);
    const backends = differenceOf(await readBackendUsage(pool), backendsBefore);
    const after = await readDatabaseCounters(pool);

    progress(`the next ${touchpoints}, under the profiler`);
    const seen = new Set([...afterFill, ...createWorkload(measured).customers]);
    const cpuProfiles = await profileServices(profiles, servicesOf(stack), () =>
      measureWholeWay(stack, profiled, session.others, seen),
    );
    return {
      log: options.log,
      workload,
      stored,
      touchpoints,
      wholeWay,
      database: databaseDifference(after, before),
      sizes: { tables: after.tables, indexes: after.indexes },
      backendMicros: Object.fromEntries(
        Object.entries(sumByName(backends)).map(([name, seconds]) => [name, (seconds * 1e6) / touchpoints]),
      ),
      hotSpots: Object.fromEntries(
        Object.entries(cpuProfiles).map(([name, profile]) => [name, hotSpotsOf(profile)]),
      ),
      serverVersion: rows[0]?.version ?? 'unknown',
    };
  } finally {
    await pool.end();
  }
}
