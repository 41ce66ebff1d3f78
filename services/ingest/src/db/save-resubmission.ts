/** Makes, cancels and moves resubmissions. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { RejectedFilter, RejectedPosition } from './find-rejected-page.ts';
import { rejectedTouchpoint, resubmission, type ResubmissionRow } from './schema.ts';

/** They are worked on one page after the other: more would only wait. */
export const unfinishedMax = 20;

/** False when as many are unfinished as may be. */
export async function insertResubmission(
  database: NodePgDatabase,
  made: {
    resubmissionId: string;
    filter: RejectedFilter & { to: Date };
    isDryRun: boolean;
    itemsAtMost: number;
  },
): Promise<boolean> {
  const { resubmissionId, isDryRun, itemsAtMost } = made;
  const { source = null, code = null, from, to } = made.filter;
  const { rowCount } = await database.execute(sql`
    insert into ingest.resubmission
      (resubmission_id, source, code, received_from, received_to, is_dry_run, state, items_at_most)
    select ${resubmissionId}, ${source}, ${code}, ${from?.toISOString() ?? null}::timestamptz,
           ${to.toISOString()}::timestamptz, ${isDryRun}, 'running', ${itemsAtMost}
    where (select count(*) from ingest.resubmission where state = 'running') < ${unfinishedMax}`);
  return rowCount === 1;
}

/** False when it is not running. What is being decided at the moment is decided to its end. */
export async function cancelResubmission(database: NodePgDatabase, id: string): Promise<boolean> {
  const { rowCount } = await database
    .update(resubmission)
    .set({ state: 'cancelled', finishedAt: sql`now()`, updatedAt: sql`now()` })
    .where(and(eq(resubmission.resubmissionId, id), eq(resubmission.state, 'running')));
  return rowCount === 1;
}

/** Takes the oldest one that no other process holds, for `leaseSeconds`; null when there is none. */
export async function claimResubmission(
  database: NodePgDatabase,
  leaseId: string,
  leaseSeconds: number,
): Promise<ResubmissionRow | null> {
  const next = sql`(
    select resubmission_id from ingest.resubmission where state = 'running' and leased_until <= now()
    order by updated_at limit 1 for update skip locked)`;
  const rows = await database
    .update(resubmission)
    .set({ leaseId, leasedUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(eq(resubmission.resubmissionId, next))
    .returning();
  return rows[0] ?? null;
}

export interface DecidedPage {
  /** Of items that are in the log now. */
  acceptedIds: readonly string[];
  accepted: number;
  refused: Readonly<Record<string, number>>;
  /** Null when there is nothing more. */
  next: RejectedPosition | null;
  /** Why not all of the page could be decided: it is decided again later. */
  failure: string | null;
}

const retrySeconds = 10;

/**
 * The progress of one page. The lease is compared: of two processes that decided the same page one counts it, while what was
 * accepted is marked in any case.
 */
export async function saveDecidedPage(
  database: NodePgDatabase,
  { resubmissionId, leaseId }: Pick<ResubmissionRow, 'resubmissionId' | 'leaseId'>,
  { acceptedIds, accepted, refused, next, failure }: DecidedPage,
): Promise<void> {
  const table = resubmission;
  const isDone = failure === null && next === null;
  const moved =
    failure === null && next !== null
      ? { positionReceivedAt: next.receivedAt, positionRejectionId: next.rejectionId }
      : {};
  await database.transaction(async (transaction) => {
    if (acceptedIds.length > 0) {
      await transaction
        .update(rejectedTouchpoint)
        .set({ replayedAt: sql`now()` })
        .where(inArray(rejectedTouchpoint.rejectionId, [...acceptedIds]));
    }
    await transaction
      .update(table)
      .set({
        ...moved,
        ...(isDone ? { state: 'done', finishedAt: sql`now()` } : {}),
        accepted,
        refused,
        failure,
        leaseId: null,
        leasedUntil: sql`now() + make_interval(secs => ${failure === null ? 0 : retrySeconds})`,
        updatedAt: sql`now()`,
      })
      .where(
        and(
          eq(table.resubmissionId, resubmissionId),
          eq(table.state, 'running'),
          eq(table.leaseId, leaseId ?? ''),
        ),
      );
  });
}
