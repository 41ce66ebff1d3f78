/** How many items were rejected over time. Read from the counts of whole hours, never from the items. */
import { and, desc, eq, gte, lt, ne, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { RejectedFilter } from './find-rejected-page.ts';
import { rejectedCount } from './schema.ts';

export interface RejectedCount {
  /** Start of the hour or the day, UTC. */
  at: Date;
  source: string;
  code: string;
  items: number;
}

export interface CountedSpan {
  per: 'hour' | 'day';
  from: Date;
  to: Date;
}

/** Newest first, by source and code; at most `limit` rows. */
export async function findRejectedCounts(
  database: NodePgDatabase,
  { per, from, to }: CountedSpan,
  { source, code }: Pick<RejectedFilter, 'source' | 'code'>,
  limit: number,
): Promise<RejectedCount[]> {
  const table = rejectedCount;
  const at = sql<Date>`date_trunc(${sql.raw(`'${per}'`)}, ${table.hour}, 'UTC')`.mapWith(table.hour);
  return await database
    .select({ at, source: table.source, code: table.code, items: sumOfItems() })
    .from(table)
    .where(
      and(
        gte(table.hour, from),
        lt(table.hour, to),
        source === undefined ? undefined : eq(table.source, source),
        code === undefined ? undefined : eq(table.code, code),
      ),
    )
    .groupBy(at, table.source, table.code)
    .orderBy(desc(at), table.source, table.code)
    .limit(limit);
}

/** Not less than the items of a filter that may be decided again: those of a part of an hour count whole. */
export async function sumRejectedCounts(
  database: NodePgDatabase,
  { source, code, from, to }: RejectedFilter,
  withoutCode: string,
): Promise<number> {
  const table = rejectedCount;
  const [row] = await database
    .select({ items: sumOfItems() })
    .from(table)
    .where(
      and(
        ne(table.code, withoutCode),
        source === undefined ? undefined : eq(table.source, source),
        code === undefined ? undefined : eq(table.code, code),
        from === undefined
          ? undefined
          : gte(table.hour, sql`date_trunc('hour', ${from.toISOString()}::timestamptz, 'UTC')`),
        to === undefined ? undefined : lt(table.hour, to),
      ),
    );
  return row?.items ?? 0;
}

function sumOfItems() {
  return sql<number>`coalesce(sum(${rejectedCount.items}), 0)::bigint`.mapWith(Number);
}
