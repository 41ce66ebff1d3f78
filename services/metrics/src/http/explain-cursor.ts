/** Where the next page of the profiles behind a figure begins, as the text of a cursor. */
import { readCursor, writeCursor } from '@throughline/runtime';
import type { GrowthPosition } from '../db/find-growth-profiles.ts';
import type { SalesPosition } from '../db/find-sales-profiles.ts';
import { firstDay, lastDay } from './query.ts';

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

export function formatGrowthCursor({ day, identifier }: GrowthPosition): string {
  return writeCursor(day, identifier);
}

/** @throws AppError invalid_parameter for what `formatGrowthCursor` cannot have written; the others likewise */
export function parseGrowthCursor(cursor: string): GrowthPosition {
  return readCursor(cursor, ([day = '', identifier = '', ...more]) => {
    if (!/^-?\d{1,7}$/.test(day) || Number(day) < firstDay || Number(day) > lastDay) return null;
    return uuid.test(identifier) && more.length === 0 ? { day: Number(day), identifier } : null;
  });
}

export function formatStageCursor(identifier: string): string {
  return writeCursor(identifier);
}

export function parseStageCursor(cursor: string): string {
  return readCursor(cursor, ([identifier = '', ...more]) =>
    uuid.test(identifier) && more.length === 0 ? identifier : null,
  );
}

export function formatSalesCursor({ identifier, currency }: SalesPosition): string {
  return writeCursor(identifier, currency);
}

export function parseSalesCursor(cursor: string): SalesPosition {
  return readCursor(cursor, ([identifier = '', currency = '', ...more]) =>
    uuid.test(identifier) && /^[A-Z]{0,3}$/.test(currency) && more.length === 0
      ? { identifier, currency }
      : null,
  );
}
