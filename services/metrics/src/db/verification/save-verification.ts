/** Verifications as they run and end. */
import type { Pool } from 'pg';
import type { Comparison } from './compare-figures.ts';

/**
 * Longer than the statement timeouts of a verification allow: whoever ran it is gone.
 */
const abandonedAfter = "interval '30 minutes'";

/** Starts one, or returns the id of one that runs already: two would only slow each other. */
export async function beginVerification(
  pool: Pool,
  verification: { id: string; generation: number },
): Promise<{ id: string; begun: boolean }> {
  const { rows } = await pool.query<{ id: string; begun: boolean }>(
    `with running as (
       select id from metrics.verification
       where generation = $2 and state = 'running' and started_at > now() - ${abandonedAfter}
       order by started_at desc limit 1),
     begun as (
       insert into metrics.verification (id, generation, state)
       select $1, $2, 'running' where not exists (select from running)
       returning id)
     select id, true as begun from begun union all select id, false from running`,
    [verification.id, verification.generation],
  );
  return rows[0] ?? { id: verification.id, begun: false };
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

export interface SavedVerification {
  id: string;
  state: 'running' | 'done' | 'failed';
  startedAt: Date;
  finishedAt: Date | null;
  checked: number | null;
  differenceCount: number | null;
  differences: Comparison['differences'] | null;
  message: string | null;
}

export async function findVerification(pool: Pool, id: string): Promise<SavedVerification | null> {
  const { rows } = await pool.query<SavedVerification>(
    `select id,
            case when state = 'running' and started_at <= now() - ${abandonedAfter} then 'failed' else state end as state,
            started_at as "startedAt", finished_at as "finishedAt", checked,
            difference_count as "differenceCount", differences,
            case when state = 'running' and started_at <= now() - ${abandonedAfter}
              then 'the process that ran it has ended' else message end as message
     from metrics.verification where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}
