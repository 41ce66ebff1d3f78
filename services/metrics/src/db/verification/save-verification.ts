/** Verifications as they run and end. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { verification } from '../schema.ts';
import type { Comparison } from './compare-figures.ts';
import type { VerificationScope, VerificationStep } from './verification-scope.ts';

/** Longer than the statement timeouts of a verification allow: the process that ran it has ended. */
const abandonedAfterMs = 30 * 60_000;

/** Starts one, or returns the id of one that runs already: two would only slow each other. */
export async function beginVerification(
  pool: Pool,
  begun: { id: string; generation: number; scope: VerificationScope },
): Promise<{ id: string; begun: boolean }> {
  const { from, to, sample } = begun.scope;
  const { rows } = await pool.query<{ id: string; begun: boolean }>(
    `with running as (
       select id from metrics.verification
       where generation = $2 and state = 'running' and started_at > now() - $3 * interval '1 millisecond'
       order by started_at desc limit 1),
     begun as (
       insert into metrics.verification (id, generation, state, from_day, to_day, sample)
       select $1, $2, 'running', $4, $5, $6 where not exists (select from running)
       returning id)
     select id, true as begun from begun union all select id, false from running`,
    [begun.id, begun.generation, abandonedAfterMs, from, to, sample],
  );
  return rows[0] ?? { id: begun.id, begun: false };
}

/** Begins the one of a night. @returns whether there was none yet, and none runs */
export async function beginNight(
  pool: Pool,
  { id, generation, night, sample }: { id: string; generation: number; night: number; sample: number | null },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `insert into metrics.verification (id, generation, state, sample, night)
     select $1, $2, 'running', $3, $4
     where not exists (
       select from metrics.verification
       where generation = $2 and state = 'running' and started_at > now() - $5 * interval '1 millisecond')
     on conflict do nothing`,
    [id, generation, sample, night, abandonedAfterMs],
  );
  return rowCount === 1;
}

export async function saveStep(pool: Pool, id: string, step: VerificationStep): Promise<void> {
  await pool.query('update metrics.verification set step = $2 where id = $1', [id, step]);
}

/** The planner's estimate. */
export async function estimateFacts(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ facts: number }>(
    `select greatest(reltuples, 0)::bigint as facts from pg_class where oid = 'metrics.fact'::regclass`,
  );
  return rows[0]?.facts ?? 0;
}

/** The last that came to a result. */
export async function findLastVerification(
  pool: Pool,
): Promise<{ finishedAt: Date; differenceCount: number } | null> {
  const { rows } = await pool.query<{ finishedAt: Date; differenceCount: number }>(
    `select finished_at as "finishedAt", difference_count as "differenceCount" from metrics.verification
     where state = 'done' order by finished_at desc limit 1`,
  );
  return rows[0] ?? null;
}

export async function saveComparison(pool: Pool, id: string, comparison: Comparison): Promise<void> {
  const message = comparison.checked === 0 ? 'there are no figures yet, so nothing could be compared' : null;
  await pool.query(
    `update metrics.verification
     set state = 'done', step = null, finished_at = now(), checked = $2, difference_count = $3, differences = $4, message = $5,
         profiles = $6
     where id = $1`,
    [
      id,
      comparison.checked,
      comparison.differenceCount,
      JSON.stringify(comparison.differences),
      message,
      JSON.stringify(comparison.profiles),
    ],
  );
}

export async function saveFailure(pool: Pool, id: string, message: string): Promise<void> {
  await pool.query(
    `update metrics.verification set state = 'failed', step = null, finished_at = now(), message = $2 where id = $1`,
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
