/** Positions of pages that go back in time: of the last row that was looked at. */
import { readCursor, writeCursor } from '@throughline/runtime';
import { toInstant } from './parameters.ts';
import { uuidPattern } from './reference.ts';

export interface PagePosition {
  /** RFC 3339 UTC with milliseconds. */
  at: string;
  /** Distinguishes rows of one instant. */
  id: string;
}

/** Greater than every id that is ever made: ids are version 4, 7 or 8. */
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The position before which everything up to and including an instant lies. */
export function positionAfter(at: string): PagePosition {
  return { at, id: lastId };
}

export function encodeCursor({ at, id }: PagePosition): string {
  return writeCursor(at, id);
}

/** @throws AppError invalid_parameter for what `encodeCursor` cannot have made */
export function decodeCursor(cursor: string): PagePosition {
  return readCursor(cursor, ([at = '', id = '', ...rest]) =>
    isCanonical(at) && uuidPattern.test(id) && rest.length === 0 ? { at, id: id.toLowerCase() } : null,
  );
}

/** A real instant in the one form that is made here: 30 February passes a pattern, and stops at the database. */
function isCanonical(at: string): boolean {
  return toInstant(at, 'down') === at;
}
