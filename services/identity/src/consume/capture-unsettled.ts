/**
 * What the batches so far have left to be done before everything that follows from them is in the log: the rechecks, and
 * then the outbox. The group's position is reported to the log only after that. So a service that adds up the lag of
 * identity and of the consumers of `resolved.v1`, as the freshness of metrics does, sees records pending while touchpoints
 * still move.
 */
import { captureOutboxTail } from '@throughline/event-log';
import type { Pool } from 'pg';
import { findNewestRecheck, isRecheckPending } from '../db/rechecks.ts';

/** For `SubscribeOptions.captureOutboxTail`. */
export async function captureUnsettled(pool: Pool): Promise<() => Promise<boolean>> {
  const newest = await findNewestRecheck(pool);
  let isSent = newest === 0 ? await captureOutboxTail(pool, 'identity') : null;
  return async () => {
    if (isSent === null) {
      if (await isRecheckPending(pool, newest)) return false;
      isSent = await captureOutboxTail(pool, 'identity');
    }
    return await isSent();
  };
}
