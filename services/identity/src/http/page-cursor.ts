/** Cursors of pages that go back in time: the position of the last row that was looked at, opaque to clients. */
import { AppError } from '@throughline/contracts';
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
  return Buffer.from(`${at} ${id}`, 'utf8').toString('base64url');
}

/** @throws AppError invalid_parameter for whatever `encodeCursor` has not made */
export function decodeCursor(cursor: string): PagePosition {
  const [at = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (!isCanonical(at) || !uuidPattern.test(id) || rest.length > 0) {
    throw new AppError('invalid_parameter', 'this is not a cursor', {
      field: 'cursor',
      expected: 'the nextCursor of the page before',
    });
  }
  return { at, id: id.toLowerCase() };
}

/** A real instant in the one form that is made here: 30 February passes a pattern, and stops at the database. */
function isCanonical(at: string): boolean {
  return toInstant(at, 'down') === at;
}
