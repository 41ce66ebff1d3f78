/** What the tables and indexes of the services take, and how much of it is not used. */
import type { createPool } from '@throughline/postgres';

export interface StoredRelation {
  /** `schema.name`. */
  name: string;
  kind: 'table' | 'index';
  bytes: number;
  /** Part that holds no row or entry: dead rows and free space of a table, free space on the leaves of an index. */
  unusedShare: number;
}

export interface Storage {
  relations: readonly StoredRelation[];
  /** WAL written since the server was made. */
  walBytes: number;
  checkpoints: number;
  vacuums: number;
}

type Pool = ReturnType<typeof createPool>;

/** Smaller ones are left out: their share says nothing. */
const leastBytes = 1024 ** 2;

const relations = `
  select n.nspname || '.' || c.relname as name, 'table' as kind, pg_table_size(c.oid)::float8 as bytes,
    (s.dead_tuple_percent + s.approx_free_percent) / 100 as "unusedShare"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral pgstattuple_approx(c.oid) s
  where c.relkind = 'r' and n.nspname = any($1::text[]) and pg_relation_size(c.oid) >= $2
  union all
  select n.nspname || '.' || c.relname, 'index', pg_relation_size(c.oid)::float8, 1 - s.avg_leaf_density / 100
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_am a on a.oid = c.relam
    cross join lateral pgstatindex(c.oid) s
  where c.relkind = 'i' and a.amname = 'btree' and n.nspname = any($1::text[]) and pg_relation_size(c.oid) >= $2
  order by bytes desc`;

const schemas = ['ingest', 'identity', 'metrics', 'event_log'];

const server = `
  select w.wal_bytes::float8 as "walBytes", (c.num_timed + c.num_requested)::float8 as checkpoints,
    (select sum(autovacuum_count)::float8 from pg_stat_user_tables) as vacuums
  from pg_stat_wal w, pg_stat_checkpointer c`;

export async function prepareStorageStatistics(pool: Pool): Promise<void> {
  await pool.query('create extension if not exists pgstattuple');
}

export async function findStorage(pool: Pool): Promise<Storage> {
  const found = await pool.query<StoredRelation>(relations, [schemas, leastBytes]);
  const { rows } = await pool.query<Omit<Storage, 'relations'>>(server);
  const { walBytes, checkpoints, vacuums } = rows[0] ?? { walBytes: 0, checkpoints: 0, vacuums: 0 };
  return { relations: found.rows, walBytes, checkpoints, vacuums };
}
