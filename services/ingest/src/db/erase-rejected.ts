/** Takes an erased person out of the rejected store, page by page in the order of the ids. */
import type { Pool } from 'pg';
import { type RejectedTexts, wordsOf } from './erased-words.ts';

const pageSize = 50;

export interface ErasedRejected {
  rejectionIds: string[];
  /** The last item that was looked at; null after the last one. */
  next: string | null;
}

/** @param wanted folded values */
export async function eraseRejectedPage(
  pool: Pool,
  { at, wanted, after }: { at: string; wanted: ReadonlySet<string>; after: string | null },
): Promise<ErasedRejected> {
  const { rows } = await pool.query<RejectedTexts & { rejectionId: string; isConcerned: boolean }>(
    `select rejection_id as "rejectionId", touchpoint_id as id, field, message, body, body_encoding as "bodyEncoding",
       standing_body as "standingBody", received_at <= $1 as "isConcerned"
     from ingest.rejected_touchpoint
     where $2::uuid is null or rejection_id > $2 order by rejection_id limit $3`,
    [at, after, pageSize],
  );
  const mentioning = rows.filter(
    (row) => row.isConcerned && [...wordsOf(row)].some((word) => wanted.has(word)),
  );
  const rejectionIds = mentioning.map(({ rejectionId }) => rejectionId);
  if (rejectionIds.length > 0) {
    await pool.query('delete from ingest.rejected_touchpoint where rejection_id = any($1::uuid[])', [
      rejectionIds,
    ]);
  }
  return { rejectionIds, next: rows.length < pageSize ? null : (rows.at(-1)?.rejectionId ?? null) };
}
