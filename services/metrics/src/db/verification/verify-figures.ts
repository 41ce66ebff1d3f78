/** Recomputes figures and histories from facts and memberships, in one snapshot, and compares. */
import type { Pool, PoolClient } from 'pg';
import { loadGeneration } from '../load-generation.ts';
import { compareFigures, type Comparison } from './compare-figures.ts';
import { wholeScope, type VerificationScope, type VerificationStep } from './verification-scope.ts';
import { recomputeFacts } from './recompute-facts.ts';
import { recomputeFigures } from './recompute-figures.ts';

const maxDifferences = 1_000;

export interface VerifyingWatch {
  onStep?: (step: VerificationStep) => Promise<void>;
  /** Cancels the statement that runs, which may take minutes; the call rejects then. */
  signal?: AbortSignal | undefined;
}

/** Reads one snapshot, while batches continue to be written. Uses a connection for as long as it takes. */
export async function verifyFigures(
  pool: Pool,
  generation: number,
  scope: VerificationScope = wholeScope,
  { onStep, signal }: VerifyingWatch = {},
): Promise<Comparison> {
  const client = await pool.connect();
  let failure: Error | undefined;
  let stopCancelling = (): void => {};
  const begin = async (step: VerificationStep): Promise<void> => {
    signal?.throwIfAborted();
    await onStep?.(step);
  };
  try {
    await client.query('begin isolation level repeatable read');
    await client.query(`set local statement_timeout = '10min'`);
    await client.query(`set local work_mem = '64MB'`);
    await client.query('set local jit = off');
    if (signal !== undefined) stopCancelling = await cancelWith(signal, pool, client);
    const loaded = await loadGeneration(client, generation);
    if (loaded === null) throw new Error(`there is no generation ${generation}`);
    await begin('touchpoints');
    await recomputeFacts(client, generation, loaded.settings, scope.sample);
    await begin('figures');
    await recomputeFigures(client, loaded.settings, scope);
    await begin('comparison');
    return await compareFigures(client, generation, scope, maxDifferences);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    stopCancelling();
    await client.query('rollback').catch(() => {});
    client.release(failure);
  }
}

/** Returns what ends it. */
async function cancelWith(signal: AbortSignal, pool: Pool, client: PoolClient): Promise<() => void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const cancel = (): void => {
    // Where it fails, the statement ends by itself or by its timeout.
    void pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel);
  return () => signal.removeEventListener('abort', cancel);
}
