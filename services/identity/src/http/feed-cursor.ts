/**
 * Cursors of the change feed: the version up to which the reader has everything, and the last version when it began. Profiles
 * that ended after it began must not have been forgotten since; of those that ended before, it knows nothing to delete.
 */
import { AppError } from '@throughline/contracts';
import { readCursor, writeCursor } from '@throughline/runtime';
import type { FeedHead } from '../db/profile-feed.ts';

export interface FeedCursor {
  position: number;
  began: number;
}

export function writeFeedCursor({ position, began }: FeedCursor): string {
  return writeCursor(position, began);
}

/** @throws AppError invalid_parameter */
export function readFeedCursor(cursor: string): FeedCursor {
  return readCursor(cursor, (parts) => {
    const [position = NaN, began = NaN] = parts.map((part) => (/^\d{1,16}$/.test(part) ? Number(part) : NaN));
    const isPosition = Number.isSafeInteger(position) && Number.isSafeInteger(began) && parts.length === 2;
    return isPosition ? { position, began } : null;
  });
}

/** @throws AppError cursor_expired */
export function requireUnexpired({ position, began }: FeedCursor, head: FeedHead): void {
  const known = Math.max(position, began);
  if (known >= head.prunedVersion && known <= head.version) return;
  throw new AppError(
    'cursor_expired',
    'profiles that ended since are not known any more: read the feed again from its beginning, without a cursor, and ' +
      'then delete what it did not name',
    { field: 'cursor' },
  );
}
