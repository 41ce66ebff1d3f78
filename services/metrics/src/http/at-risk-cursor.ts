/** Where the next page of profiles at risk begins, and the day that the list is of, as the text of a cursor. */
import { readCursor, writeCursor } from '@throughline/runtime';
import type { AtRiskPosition } from '../db/find-at-risk.ts';
import { firstDay, lastDay } from './query.ts';

export interface AtRiskCursor extends AtRiskPosition {
  /** The running day of the first page: a list is of one day, also when it is read past midnight. */
  today: number;
}

export function formatAtRiskCursor({ day, identifier, today }: AtRiskCursor): string {
  return writeCursor(day, identifier, today);
}

/** @throws AppError invalid_parameter for what `formatAtRiskCursor` cannot have written */
export function parseAtRiskCursor(cursor: string): AtRiskCursor {
  return readCursor(cursor, (parts) => {
    const match = /^(-?\d{1,7}) ([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}) (-?\d{1,7})$/.exec(
      parts.join(' '),
    );
    const [day, today] = [Number(match?.[1] ?? Number.NaN), Number(match?.[3] ?? Number.NaN)];
    const identifier = match?.[2];
    const isDay = (number: number): boolean => number >= firstDay && number <= lastDay;
    return identifier === undefined || !isDay(day) || !isDay(today) ? null : { day, identifier, today };
  });
}
