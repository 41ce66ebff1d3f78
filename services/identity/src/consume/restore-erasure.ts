/** Writes an erasure down again as it was: its time, its extent, and what was shared then. The job does the rest. */
import { AppError, foldMention } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { claimDecisionTime } from '../db/claim-decision-time.ts';
import { hasErasure, insertErasureRecord, type ErasureRecord } from '../db/erasure-records.ts';
import { saveWanted } from '../db/save-erasure.ts';
import type { IdentityContext } from './identity-context.ts';

/**
 * False when it is there already.
 * @throws AppError erasure_not_found where it follows one that is not there
 */
export async function restoreErasure(context: IdentityContext, record: ErasureRecord): Promise<boolean> {
  return await retryTransaction(context.pool, async (client) => {
    const { version } = await context.rules.enter(client);
    // For the lock: decisions and erasures are written down one after the other.
    await claimDecisionTime(client, record.at);
    if (record.follows !== null && !(await hasErasure(client, record.follows))) {
      throw new AppError('erasure_not_found', 'restore the erasure that this one follows first', {
        field: 'follows',
      });
    }
    if (!(await insertErasureRecord(client, record, version))) return false;
    await saveWanted(client, record.id, foldMention);
    return true;
  });
}
