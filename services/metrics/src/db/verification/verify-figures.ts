/** Recomputes figures and histories from facts and memberships, in one snapshot, and compares. */
import type { Pool } from 'pg';
import { loadGeneration } from '../load-generation.ts';
import { compareFigures, type Comparison } from './compare-figures.ts';
import { wholeScope, type VerificationScope, type VerificationStep } from './verification-scope.ts';
import { recomputeFacts } from './recompute-facts.ts';
import { recomputeFigures } from './recompute-figures.ts';

const maxDifferences = 1_000;

/** Reads one snapshot, while batches continue to be written. Uses a connection for as long as it takes. */
export async function verifyFigures(
  pool: Pool,
  generation: number,
  scope: VerificationScope = wholeScope,
  onStep: (step: VerificationStep) => Promise<void> = async () => {},
): Promise<Comparison> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read');
    await client.query(`set local statement_timeout = '10min'`);
    await client.query(`set local work_mem = '64MB'`);
    await client.query('set local jit = off');
    const loaded = await loadGeneration(client, generation);
    if (loaded === null) throw new Error(`there is no generation ${generation}`);
    await onStep('touchpoints');
    await recomputeFacts(client, generation, loaded.settings, scope.sample);
    await onStep('figures');
    await recomputeFigures(client, loaded.settings, scope);
    await onStep('comparison');
    return await compareFigures(client, generation, scope, maxDifferences);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    await client.query('rollback').catch(() => {});
    client.release(failure);
  }
}
