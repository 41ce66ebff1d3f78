/** Cursors of pages: the position of a page's last row, as text that clients pass back as it is and must not take apart. */
import { AppError } from '@throughline/contracts';

/** Most characters of a cursor that any list gives. */
export const cursorMaxLength = 300;

/** @param parts without a space in them */
export function writeCursor(...parts: readonly (string | number)[]): string {
  return Buffer.from(parts.join(' '), 'utf8').toString('base64url');
}

/**
 * @param toPosition null for parts that the list cannot have written: clients make up cursors too
 * @throws AppError invalid_parameter
 */
export function readCursor<T>(cursor: string, toPosition: (parts: readonly string[]) => T | null): T {
  const position = toPosition(Buffer.from(cursor, 'base64url').toString('utf8').split(' '));
  if (position === null) throw invalidCursor();
  return position;
}

/** Also of a position that a list could have written, and has not. */
export function invalidCursor(): AppError {
  return new AppError('invalid_parameter', 'cursor must be the nextCursor of the page before', {
    field: 'cursor',
    expected: 'the nextCursor of the page before',
  });
}
