/** CPU of a Postgres server on this machine (Linux). */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Pool } from 'pg';

/** Process id of the server, by one of its backends. */
export async function findPostmaster(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const backend = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8');
  return backend.slice(backend.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

/** User and system time of the server's processes, ended ones included, ms. */
export function serverCpuMs(postmaster: string): number {
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']).toString());
  let ticks = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (entry === postmaster) ticks += Number(fields[13]) + Number(fields[14]);
      else if (fields[1] === postmaster) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process ended between the two reads.
    }
  }
  return (ticks / ticksPerSecond) * 1_000;
}
