/** Verifications as they run and end. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { verification } from '../schema.ts';
import type { Comparison } from './compare-figures.ts';

/** Longer than the statement timeouts of a verification allow: the process that ran it has ended. */
const abandonedAfterMs = 30 * 60_000;

/** Starts one, or returns the id of one that runs already: two would only slow each other. */
export async function beginVerification(
  pool: Pool,
  begun: { id: string; generation: number },
): Promise<{ id: string; begun: boolean }> {
  const { rows } = await pool.query<{ id: string; begun: boolean }>(
    `with running as (
       select id from metrics.verification
       where generation = $2 and state = 'running' and started_at > now() - $3 * interval '1 millisecond'
       order by started_at desc limit 1),
     begun as (
       insert into metrics.verification (id, generation, state)
       select $1, $2, 'running' where not exists (select from running)
       returning id)
     select id, true as begun from begun union all select id, false from running`,
    [begun.id, begun.generation, abandonedAfterMs],
  );
  return rows[0] ?? { id: begun.id, begun: false };
}

export async function saveComparison(pool: Pool, id: string, comparison: Comparison): Promise<void> {
  const message = comparison.checked === 0 ? 'there are no figures yet, so nothing could be compared' : null;
  await pool.query(
    `update metrics.verification
     set state = 'done', finished_at = now(), checked = $2, difference_count = $3, differences = $4, message = $5
     where id = $1`,
    [id, comparison.checked, comparison.differenceCount, JSON.stringify(comparison.differences), message],
  );
}

export async function saveFailure(pool: Pool, id: string, message: string): Promise<void> {
  await pool.query(
    `update metrics.verification set state = 'failed', finished_at = now(), message = $2 where id = $1`,
    [id, message],
  );
}

export type SavedVerification = typeof verification.$inferSelect;

export async function findVerification(pool: Pool, id: string): Promise<SavedVerification | null> {
  const [saved] = await drizzle({ client: pool }).select().from(verification).where(eq(verification.id, id));
  if (saved === undefined) return null;
  const isAbandoned = saved.state === 'running' && Date.now() - saved.startedAt.getTime() > abandonedAfterMs;
  return isAbandoned ? { ...saved, state: 'failed', message: 'the process that ran it has ended' } : saved;
}
