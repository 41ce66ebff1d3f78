/** CPU of the server's processes by whose they are: a connection pool of a service, or one of the server's own. */
import type { createPool } from '@throughline/postgres';
import { cpuSecondsIfRunning } from '../process-usage.ts';
import type { Counters } from './counters.ts';

const text = `
  select /* bench */ pid, case when backend_type = 'client backend' then application_name else backend_type end as name
  from pg_stat_activity where pid <> pg_backend_pid()`;

/** By process id and name: one that ended in between is in no difference, but in the server's total. */
export async function readBackendUsage(pool: ReturnType<typeof createPool>): Promise<Counters<'seconds'>> {
  const { rows } = await pool.query<{ pid: number; name: string }>(text);
  return new Map(
    rows.map(({ pid, name }) => [`${pid} ${name}`, { seconds: cpuSecondsIfRunning({ name, pid }) ?? 0 }]),
  );
}

/** Seconds by name, over the processes of that name. */
export function sumByName(usage: Counters<'seconds'>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, { seconds }] of usage) {
    const name = key.slice(key.indexOf(' ') + 1);
    sums[name] = (sums[name] ?? 0) + seconds;
  }
  return sums;
}
