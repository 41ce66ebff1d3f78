/**
 * The pool of the consumer: every statement of a batch looks up some thousand rows by key, and must cost the same whatever
 * the tables hold. Left to itself the planner reads a small table whole, which is cheaper until the table has grown and the
 * statistics have not (measured at 65,000 identifiers: 46 µs a touchpoint instead of 18). So plans that read tables whole
 * are ruled out for these connections. Lookups are best left unnamed: one that is prepared on an empty table keeps that plan
 * for as long as the connection lives, and planning again costs 0.2 ms a batch. Those whose only other plan is to read a table
 * whole may be named.
 *
 * Statements are pipelined: a batch has a dozen, and most do not need the answer of the one before.
 */
import type { Pool } from 'pg';
import { createPool, type PoolOptions } from './create-pool.ts';

const settings =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c jit=off';

export function createConsumerPool(options: PoolOptions): Pool {
  const url = new URL(options.connectionString);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', given === null ? settings : `${given} ${settings}`);
  return createPool({ max: 5, pipeline: true, ...options, connectionString: url.href });
}
