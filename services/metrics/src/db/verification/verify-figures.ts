/** Recomputes every figure from facts and memberships, in one snapshot, and compares. */
import type { Pool } from 'pg';
import type { PinnedSettings } from '../../core/pinned-settings.ts';
import { compareFigures, type Comparison } from './compare-figures.ts';
import { recomputeFacts } from './recompute-facts.ts';
import { recomputeFigures } from './recompute-figures.ts';

const maxDifferences = 1_000;

/** Reads one snapshot, while batches continue to be written. Uses a connection for as long as it takes. */
export async function verifyFigures(pool: Pool, generation: number): Promise<Comparison> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read');
    await client.query(`set local statement_timeout = '10min'`);
    await client.query(`set local work_mem = '64MB'`);
    await client.query('set local jit = off');
    const { rows } = await client.query<{ pinned: PinnedSettings }>(
      'select pinned from metrics.generation where id = $1',
      [generation],
    );
    const pinned = rows[0]?.pinned;
    if (pinned === undefined) throw new Error(`there is no generation ${generation}`);
    await recomputeFacts(client, generation, pinned);
    await recomputeFigures(client, pinned);
    return await compareFigures(client, generation, maxDifferences);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    await client.query('rollback').catch(() => {});
    client.release(failure);
  }
}
