/** Sessions of the console that were signed out: a cookie that was copied before opens nothing afterwards, on any instance. */
import type { Pool } from 'pg';

/** Those that would have ended by now are forgotten: nothing opens them anyway. */
export async function saveEndedSession(
  pool: Pool,
  session: { id: string; expiresAt: number },
): Promise<void> {
  await pool.query(
    `with forgotten as (delete from metrics.ended_session where expires_at < now())
     insert into metrics.ended_session (id, expires_at) values ($1, to_timestamp($2 / 1000.0)) on conflict do nothing`,
    [session.id, session.expiresAt],
  );
}

export async function isEndedSession(pool: Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'ended-session',
    text: 'select from metrics.ended_session where id = $1',
    values: [id],
  });
  return rowCount === 1;
}
