/** The generation of figures in use; the first start makes the first one. */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { WantedSettings } from '../core/generation-settings.ts';
import { createGeneration } from './create-generation.ts';
import { findGenerations } from './generations.ts';

/** @returns its number */
export async function claimGeneration(pool: Pool, wanted: WantedSettings): Promise<number> {
  return await inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtext('throughline metrics generation'))");
    const { current } = await findGenerations(client);
    return current ?? (await createGeneration(client, wanted, 'current'));
  });
}
