/** Where the next page of profiles at risk begins, as the text of a cursor. */
import { readCursor, writeCursor } from '@throughline/runtime';
import type { AtRiskPosition } from '../db/find-at-risk.ts';
import { firstDay, lastDay } from './query.ts';

export function formatAtRiskCursor({ day, identifier }: AtRiskPosition): string {
  return writeCursor(day, identifier);
}

/** @throws AppError invalid_parameter for what `formatAtRiskCursor` cannot have written */
export function parseAtRiskCursor(cursor: string): AtRiskPosition {
  return readCursor(cursor, (parts) => {
    const match = /^(-?\d{1,7}) ([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(parts.join(' '));
    const day = Number(match?.[1] ?? Number.NaN);
    const identifier = match?.[2];
    return identifier === undefined || day < firstDay || day > lastDay ? null : { day, identifier };
  });
}
