/** Where the next page of restatements begins, as the text of a cursor. */
import { readCursor, writeCursor } from '@throughline/runtime';
import type { RestatementPosition } from '../db/read-restatements.ts';
import { firstDay, lastDay } from './query.ts';

export function formatRestatementCursor(position: RestatementPosition): string {
  if (!('cause' in position)) return writeCursor(position.epoch);
  return writeCursor(position.epoch, position.cause, position.from);
}

/** @throws AppError invalid_parameter for what `formatRestatementCursor` cannot have written */
export function parseRestatementCursor(cursor: string): RestatementPosition {
  return readCursor(cursor, (parts) => {
    const match = /^(\d{1,15})(?: ([a-z_]{1,30}) (-?\d{1,7}))?$/.exec(parts.join(' '));
    if (match === null) return null;
    const [epoch, from] = [Number(match[1]), Number(match[3])];
    const cause = match[2];
    if (cause === undefined) return { epoch };
    return from >= firstDay && from <= lastDay ? { epoch, cause, from } : null;
  });
}
