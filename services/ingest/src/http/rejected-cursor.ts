/** A place in the rejected list as an opaque text. */
import { AppError } from '@throughline/contracts';
import { z } from 'zod';
import type { RejectedPosition } from '../db/find-rejected-page.ts';

const cursorSchema = z.tuple([z.iso.datetime(), z.uuid()]);

export function writeRejectedCursor({ receivedAt, rejectionId }: RejectedPosition): string {
  return Buffer.from(JSON.stringify([receivedAt.toISOString(), rejectionId])).toString('base64url');
}

/** @throws AppError invalid_parameter */
export function parseRejectedCursor(cursor: string): RejectedPosition {
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    const [receivedAt, rejectionId] = cursorSchema.parse(JSON.parse(text));
    return { receivedAt: new Date(receivedAt), rejectionId };
  } catch (error) {
    throw new AppError('invalid_parameter', 'the cursor is not one of this list', {
      field: 'cursor',
      expected: 'the nextCursor of the page before',
      cause: error,
    });
  }
}
