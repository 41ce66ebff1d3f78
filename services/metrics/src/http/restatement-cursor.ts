/** Where the next page of restatements begins, as the text of a cursor. */
import { readCursor, writeCursor } from '@throughline/runtime';
import type { RestatementPosition } from '../db/read-restatements.ts';
import { firstDay, lastDay } from './query.ts';

const quarterMs = 900_000;
const dayMs = 86_400_000;

export function formatRestatementCursor(position: RestatementPosition): string {
  if (!('cause' in position)) return writeCursor(position.quarter);
  return writeCursor(position.quarter, position.cause, position.closedThrough, position.from);
}

/** @throws AppError invalid_parameter for what `formatRestatementCursor` cannot have written */
export function parseRestatementCursor(cursor: string): RestatementPosition {
  return readCursor(cursor, (parts) => {
    const match = /^(\d{1,15})(?: ([a-z_]{1,30}) (-?\d{1,7}) (-?\d{1,7}))?$/.exec(parts.join(' '));
    const [quarter, closedThrough, from] = [1, 3, 4].map((group) => Number(match?.[group] ?? Number.NaN));
    if (quarter === undefined || quarter % quarterMs !== 0) return null;
    if (!isDay(Math.floor(quarter / dayMs))) return null;
    const cause = match?.[2];
    if (cause === undefined) return { quarter };
    return isDay(closedThrough) && isDay(from) ? { quarter, cause, closedThrough, from } : null;
  });
}

function isDay(day: number | undefined): day is number {
  return day !== undefined && day >= firstDay && day <= lastDay;
}
