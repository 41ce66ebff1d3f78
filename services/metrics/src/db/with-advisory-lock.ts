/** Work that one process does at a time; the others leave it to that one. */
import type { Pool } from 'pg';

/** @returns what it gave; null when another process is at it */
export async function withAdvisoryLock<T>(
  pool: Pool,
  { name, number }: { name: string; number: number },
  run: () => Promise<T>,
): Promise<T | null> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ isFree: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('throughline metrics ' || $1), $2::int) as "isFree"`,
      [name, number],
    );
    const result = rows[0]?.isFree === true ? await run() : null;
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    client.release(error instanceof Error ? error : true);
    throw error;
  }
}
