/**
 * The time that orders decisions and erasures, the newest first. It only ascends, and the lock is held to the end of the transaction, so
 * of two decisions the one that is committed later has the later time, whatever the clocks of their processes say. Without
 * it, a split made by a process whose clock is behind that of an earlier merge would have no effect.
 */
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

/** Only this statement takes it. */
const lockKey = 'identity.decision';

/**
 * @param now RFC 3339 UTC
 * @returns `now`, or a millisecond after the newest decision or erasure when that is later
 */
export async function claimDecisionTime(client: PoolClient, now: string): Promise<string> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockKey]);
  return await findDecisionTime(client, now);
}

/** The time that a decision would get, for one that is only tried. */
export async function findDecisionTime(client: PoolClient, now: string): Promise<string> {
  const { rows } = await client.query<{ at: string }>({
    text: `select greatest($1::timestamptz,
             (select made_at + interval '1 millisecond' from identity.decision order by made_at desc limit 1),
             (select at + interval '1 millisecond' from identity.erasure order by at desc limit 1)) as at`,
    values: [now],
    types: isoTimestamps,
  });
  return rows[0]?.at ?? now;
}
