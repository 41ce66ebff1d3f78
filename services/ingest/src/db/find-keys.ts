/** Keys that operators made, oldest first, page by page; never their digests. */
import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { apiKey, type ApiKeyRow } from './schema.ts';

export type ListedKey = Omit<ApiKeyRow, 'digest'>;

export interface KeyPosition {
  createdAt: string;
  keyId: string;
}

export async function findKeys(
  database: NodePgDatabase,
  filter: { source?: string | undefined; keyId?: string | undefined },
  after: KeyPosition | null,
  limit: number,
): Promise<ListedKey[]> {
  const { digest: _digest, ...columns } = getTableColumns(apiKey);
  return await database
    .select(columns)
    .from(apiKey)
    .where(
      and(
        filter.source === undefined ? undefined : eq(apiKey.source, filter.source),
        filter.keyId === undefined ? undefined : eq(apiKey.keyId, filter.keyId),
        after === null
          ? undefined
          : sql`(date_trunc('milliseconds', ${apiKey.createdAt}), ${apiKey.keyId}) > (${after.createdAt}::timestamptz, ${after.keyId}::uuid)`,
      ),
    )
    .orderBy(sql`date_trunc('milliseconds', ${apiKey.createdAt})`, asc(apiKey.keyId))
    .limit(limit);
}
