/**
 * Which generations of figures there are. A process that changes figures holds the lock shared from the beginning of its transaction to its
 * end; a page of a rebuild, and the switch to another generation, hold it alone. So while one is held, no batch is half done:
 *
 * 1. A batch knows which facts the generation that is built holds already, and applies to it what concerns those.
 * 2. What is not in it yet was committed before the page that takes it in begins.
 * 3. No batch changes a generation after another one has taken its place.
 */
import { allOrCause } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';

export interface BuiltGeneration {
  id: number;
  functionVersion: number;
  state: 'copying' | 'filling';
  /** The last identifier whose membership is copied; null before the first page. */
  copiedThrough: string | null;
  /** The key of the last fact that is in it; null before the first page. */
  filledThrough: string | null;
}

export interface GenerationsInUse {
  /** Null before the first. */
  current: number | null;
  built: BuiltGeneration | null;
}

const lockKey = `hashtext('throughline metrics generations')`;

/** Belongs first in a transaction that changes figures. */
export async function enterGenerations(client: PoolClient): Promise<GenerationsInUse> {
  const locking = client.query({
    name: 'enter-generations',
    text: `select pg_advisory_xact_lock_shared(${lockKey}, 0)`,
  });
  // Another statement, since a snapshot is older than the lock that its statement waits for: executed after it, sent with it.
  const [, found] = await allOrCause([locking, findGenerations(client)]);
  return found;
}

/** Batches wait behind this request; a process that is stopped inside a batch must not stop them all. @throws after the timeout */
export async function lockGenerations(client: PoolClient, timeoutMs: number): Promise<GenerationsInUse> {
  await client.query(`set local lock_timeout = '${timeoutMs}ms'`);
  await client.query(`select pg_advisory_xact_lock(${lockKey}, 0)`);
  await client.query('set local lock_timeout = 0');
  return await findGenerations(client);
}

export async function findGenerations(database: Pool | PoolClient): Promise<GenerationsInUse> {
  const { rows } = await database.query<BuiltGeneration | { id: number; state: 'current' }>({
    name: 'find-generations',
    text: `select id, state, function_version as "functionVersion", copied_through as "copiedThrough",
             filled_through as "filledThrough"
           from metrics.generation where state in ('current', 'copying', 'filling')`,
  });
  const built = rows.find((row): row is BuiltGeneration => row.state !== 'current');
  return { current: rows.find(({ state }) => state === 'current')?.id ?? null, built: built ?? null };
}

/** A time during which a generation was in use. */
export interface GenerationTerm {
  id: number;
  /** ms since 1970 */
  from: number;
}

/** In the order of time. */
export async function findTerms(pool: Pool): Promise<GenerationTerm[]> {
  const { rows } = await pool.query<{ id: number; from: Date }>(
    `select id, current_from as "from" from metrics.generation where current_from is not null order by current_from, id`,
  );
  return rows.map(({ id, from }) => ({ id, from: from.getTime() }));
}
