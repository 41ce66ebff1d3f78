/** A page of the rejected store, newest first. */
import { and, desc, eq, getTableColumns, gte, isNull, lt, ne, sql, type SQL } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { rejectedTouchpoint, type RejectedTouchpointRow } from './schema.ts';

export interface RejectedFilter {
  code?: string | undefined;
  source?: string | undefined;
  /** Received at or after. */
  from?: Date | undefined;
  /** Received before. */
  to?: Date | undefined;
  /** Only those that may be decided again: not accepted since, and no conflicts, of which the first touchpoint stands. */
  isPending?: boolean | undefined;
}

export const conflictCode = 'conflicting_touchpoint';

/** A place in the order of the list: the last row that was seen. */
export interface RejectedPosition {
  receivedAt: Date;
  rejectionId: string;
}

export type RejectedListRow = Omit<RejectedTouchpointRow, 'body' | 'standingBody'>;

export interface RejectedPage {
  rows: RejectedListRow[];
  /** Null when there is nothing more. */
  next: RejectedPosition | null;
}

/** A page ends after this many rows were looked at, however few of them the filter let pass. */
const scanLimit = 10_000;

export async function findRejectedPage(
  database: NodePgDatabase,
  filter: RejectedFilter,
  after: RejectedPosition | null,
  limit: number,
): Promise<RejectedPage> {
  const table = rejectedTouchpoint;
  const { body: _body, standingBody: _standingBody, ...columns } = getTableColumns(table);
  const inOrder = [desc(table.receivedAt), desc(table.rejectionId)];
  const range = and(
    filter.from === undefined ? undefined : gte(table.receivedAt, filter.from),
    filter.to === undefined ? undefined : lt(table.receivedAt, filter.to),
    after === null ? undefined : isAfter(after),
  );
  const scanned = database
    .select(columns)
    .from(table)
    .where(range)
    .orderBy(...inOrder)
    .limit(scanLimit)
    .as('scanned');
  const rows = await database
    .select()
    .from(scanned)
    .where(
      and(
        filter.code === undefined ? undefined : eq(scanned.code, filter.code),
        filter.source === undefined ? undefined : eq(scanned.source, filter.source),
        filter.isPending === true ? isNull(scanned.replayedAt) : undefined,
        filter.isPending === true ? ne(scanned.code, conflictCode) : undefined,
      ),
    )
    .orderBy(desc(scanned.receivedAt), desc(scanned.rejectionId))
    .limit(limit);
  const last = rows.at(-1);
  if (rows.length === limit && last !== undefined) return { rows, next: positionOf(last) };
  const [end] = await database
    .select({ receivedAt: table.receivedAt, rejectionId: table.rejectionId })
    .from(table)
    .where(range)
    .orderBy(...inOrder)
    .offset(scanLimit - 1)
    .limit(1);
  return { rows, next: end === undefined ? null : positionOf(end) };
}

function isAfter({ receivedAt, rejectionId }: RejectedPosition): SQL {
  const { receivedAt: at, rejectionId: id } = rejectedTouchpoint;
  return sql`(${at}, ${id}) < (${receivedAt.toISOString()}::timestamptz, ${rejectionId}::uuid)`;
}

function positionOf({ receivedAt, rejectionId }: RejectedPosition): RejectedPosition {
  return { receivedAt, rejectionId };
}
