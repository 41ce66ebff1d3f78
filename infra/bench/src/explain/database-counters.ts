/** What the server counts: by statement (`pg_stat_statements`), by table and index, and of WAL and checkpoints. */
import type { createPool } from '@throughline/postgres';
import { type Counters, differenceOf } from './counters.ts';

export type StatementField =
  | 'calls'
  | 'rows'
  | 'millis'
  | 'planMillis'
  | 'blocks'
  | 'blocksRead'
  | 'blocksDirtied'
  | 'walRecords'
  | 'walFullPages'
  | 'walBytes';
export type TableField =
  | 'inserted'
  | 'updated'
  | 'updatedInPage'
  | 'deleted'
  | 'dead'
  | 'sequentialScans'
  | 'blocks'
  | 'bytes'
  /** By the clock, of vacuums and of gathering statistics. */
  | 'vacuumMillis'
  | 'analyzeMillis';
export type IndexField = 'scans' | 'entriesRead' | 'blocks' | 'bytes';
export type ServerField = 'walRecords' | 'walFullPages' | 'walBytes' | 'checkpoints' | 'buffersWritten';

export interface DatabaseCounters {
  /** By the statement's text, its constants replaced by parameters. */
  statements: Counters<StatementField>;
  /** By `schema.table`. */
  tables: Counters<TableField>;
  /** By `schema.table.index`. */
  indexes: Counters<IndexField>;
  /** One row, `server`. */
  server: Counters<ServerField>;
}

type Pool = ReturnType<typeof createPool>;

/** Marks the statements of this file, which are no work of the services. The server drops a comment at the very beginning. */
const ownMark = '/* bench */';

/** Text and utility statements differ in their ids only: they are added up. */
const statements = `
  select ${ownMark} s.query as name, sum(s.calls)::float8 as calls, sum(s.rows)::float8 as rows,
    sum(s.total_exec_time)::float8 as millis, sum(s.total_plan_time)::float8 as "planMillis",
    sum(s.shared_blks_hit + s.shared_blks_read)::float8 as blocks,
    sum(s.shared_blks_read)::float8 as "blocksRead",
    sum(s.shared_blks_dirtied)::float8 as "blocksDirtied",
    sum(s.wal_records)::float8 as "walRecords", sum(s.wal_fpi)::float8 as "walFullPages",
    sum(s.wal_bytes)::float8 as "walBytes"
  from pg_stat_statements s join pg_database d on d.oid = s.dbid
  where d.datname = current_database() and s.toplevel and position('${ownMark}' in s.query) = 0
  group by s.query`;

const tables = `
  select ${ownMark} s.schemaname || '.' || s.relname as name, s.n_tup_ins::float8 as inserted,
    s.n_tup_upd::float8 as updated, s.n_tup_hot_upd::float8 as "updatedInPage",
    s.n_tup_del::float8 as deleted, s.n_dead_tup::float8 as dead,
    s.seq_scan::float8 as "sequentialScans",
    (io.heap_blks_hit + io.heap_blks_read + coalesce(io.toast_blks_hit + io.toast_blks_read, 0))::float8 as blocks,
    pg_table_size(s.relid)::float8 as bytes,
    s.total_vacuum_time + s.total_autovacuum_time as "vacuumMillis",
    s.total_analyze_time + s.total_autoanalyze_time as "analyzeMillis"
  from pg_stat_user_tables s join pg_statio_user_tables io using (relid)`;

const indexes = `
  select ${ownMark} s.schemaname || '.' || s.relname || '.' || s.indexrelname as name, s.idx_scan::float8 as scans,
    s.idx_tup_read::float8 as "entriesRead", (io.idx_blks_hit + io.idx_blks_read)::float8 as blocks,
    pg_relation_size(s.indexrelid)::float8 as bytes
  from pg_stat_user_indexes s join pg_statio_user_indexes io using (indexrelid)`;

const server = `
  select ${ownMark} 'server' as name, w.wal_records::float8 as "walRecords", w.wal_fpi::float8 as "walFullPages",
    w.wal_bytes::float8 as "walBytes", (c.num_timed + c.num_requested)::float8 as checkpoints,
    c.buffers_written::float8 as "buffersWritten"
  from pg_stat_wal w, pg_stat_checkpointer c`;

export async function prepareStatistics(pool: Pool): Promise<void> {
  await pool.query('create extension if not exists pg_stat_statements');
}

export async function readDatabaseCounters(pool: Pool): Promise<DatabaseCounters> {
  return {
    statements: await readCounters<StatementField>(pool, statements),
    tables: await readCounters<TableField>(pool, tables),
    indexes: await readCounters<IndexField>(pool, indexes),
    server: await readCounters<ServerField>(pool, server),
  };
}

export function databaseDifference(after: DatabaseCounters, before: DatabaseCounters): DatabaseCounters {
  return {
    statements: differenceOf(after.statements, before.statements),
    tables: differenceOf(after.tables, before.tables),
    indexes: differenceOf(after.indexes, before.indexes),
    server: differenceOf(after.server, before.server),
  };
}

async function readCounters<Field extends string>(pool: Pool, text: string): Promise<Counters<Field>> {
  const { rows } = await pool.query<{ name: string } & Record<Field, number>>(text);
  return new Map(rows.map(({ name, ...counters }) => [name, counters as unknown as Record<Field, number>]));
}
