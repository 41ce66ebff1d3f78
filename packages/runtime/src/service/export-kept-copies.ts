/** How many copies a service keeps until their retention ends, for Prometheus. How many it deleted is in its counters. */
import { Gauge, type Registry } from 'prom-client';
import type { Pool } from 'pg';

/** Counted so far; of more the number is the planner's estimate, since counting would cost more the more is kept. */
const countedMax = 10_000;
/** A table is asked at most this often, however often the metrics are fetched. */
const askedAfterMs = 60_000;

const countText = (table: string): string => `
  select greatest(counted.total, case when counted.total = $2 then pg_class.reltuples else 0 end)::bigint as kept
  from pg_class, (select count(*) as total from (select from ${table} limit $2) as kept_row) as counted
  where pg_class.oid = $1::regclass`;

export function exportKeptCopies(options: {
  pool: Pool;
  registry: Registry;
  /** With their schema. */
  tables: readonly string[];
}): void {
  const { pool, registry, tables } = options;
  let askedAt = -Infinity;
  new Gauge({
    name: 'throughline_kept_copies',
    help: `Rejected items, conflicts, dead letters and other copies that are kept, by table; above ${countedMax} estimated`,
    labelNames: ['table'] as const,
    registers: [registry],
    async collect() {
      if (performance.now() - askedAt < askedAfterMs) return;
      askedAt = performance.now();
      for (const table of tables) {
        try {
          const { rows } = await pool.query<{ kept: number }>(countText(table), [table, countedMax]);
          if (rows[0] !== undefined) this.set({ table }, rows[0].kept);
        } catch {
          // The database is away: an old figure would be taken for a new one.
          this.remove({ table });
        }
      }
    },
  });
}
