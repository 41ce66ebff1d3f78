/**
 * The pool of the consumer: every statement of a batch looks up some rows by key, and must cost the same whatever the tables
 * hold. Left to itself the planner reads a small table whole, which is cheaper until the table has grown and the statistics
 * have not (measured at 65,000 identifiers: 46 µs a touchpoint instead of 18). So plans that read tables whole are ruled out
 * for these connections, and a statement is planned once, when it is prepared, not for the number of keys of each batch:
 * measured with batches of 20 touchpoints, planning was half of what the server did.
 *
 * Statements are pipelined: a batch has a dozen, and most do not need the answer of the one before.
 */
import type { Pool } from 'pg';
import { createPool, type PoolOptions } from './create-pool.ts';

const settings =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c jit=off ' +
  '-c plan_cache_mode=force_generic_plan';

export function createConsumerPool(options: PoolOptions): Pool {
  const url = new URL(options.connectionString);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', given === null ? settings : `${given} ${settings}`);
  return createPool({ max: 5, pipeline: true, ...options, connectionString: url.href });
}
