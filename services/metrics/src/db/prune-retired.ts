/**
 * Deletes the histories of generations that are not in use any more, a range of a table's blocks at a time: they name identifiers,
 * which erasures would not find there. What their figures came to, which names none, stays for answers as of a moment.
 */
import { inTransaction } from '@throughline/postgres';
import type { Pool } from 'pg';

const tables = [
  'identifier',
  'activity_day',
  'stage_mark',
  'group_mark',
  'sales_day',
  'transaction',
  'ambiguous_transaction',
  'class_bound',
  'share_change',
  'sales_change',
] as const;
/** Of 8 KB. */
const blocksOfPage = 1_000;

interface Pruned {
  id: number;
  /** Place of the table, and the block that comes next. */
  table: number;
  block: number;
}

/** @returns whether there may be more */
export async function pruneRetired(pool: Pool): Promise<boolean> {
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<Pruned>(
      `select id, pruned_table as "table", pruned_block as block from metrics.generation
       where state in ('retired', 'abandoned') and pruned_table < $1 order by id limit 1 for update skip locked`,
      [tables.length],
    );
    const [at] = rows;
    const table = tables[at?.table ?? -1];
    if (at === undefined || table === undefined) return false;
    const to = at.block + blocksOfPage;
    await client.query(
      `delete from metrics.${table}
       where ctid >= format('(%s,0)', $2::int)::tid and ctid < format('(%s,0)', $3::int)::tid and generation = $1`,
      [at.id, at.block, to],
    );
    const size = await client.query<{ blocks: number }>(
      `select (pg_relation_size('metrics.${table}') / current_setting('block_size')::int)::int as blocks`,
    );
    const isLast = to >= (size.rows[0]?.blocks ?? 0);
    await client.query('update metrics.generation set pruned_table = $2, pruned_block = $3 where id = $1', [
      at.id,
      isLast ? at.table + 1 : at.table,
      isLast ? 0 : to,
    ]);
    return true;
  });
}
