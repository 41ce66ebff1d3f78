/** What the parts of the tests of the API work with: one process on one database, with the records of its setup. */
import type { Pool } from 'pg';
import { idOf } from '../../resolved-histories.ts';
import { askMetrics, type MetricsProcess } from '../metrics-process.ts';

export interface MetricsApiBench {
  metrics(): MetricsProcess;
  pool(): Pool;
  connectionString(): string;
}

/** Customers of the records. */
export const ann = idOf('a', 1);
export const bob = idOf('a', 2);

export type AskApi = (
  path: string,
  options?: Parameters<typeof askMetrics>[2],
) => ReturnType<typeof askMetrics>;

export function askOf(bench: MetricsApiBench): AskApi {
  return (path, options) => askMetrics(bench.metrics(), path, options);
}
