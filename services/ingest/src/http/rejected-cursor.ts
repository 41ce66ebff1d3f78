/** A place in the rejected list as the text of a cursor. */
import { readCursor, writeCursor } from '@throughline/runtime';
import { z } from 'zod';
import type { RejectedPosition } from '../db/find-rejected-page.ts';

const partsSchema = z.tuple([z.iso.datetime(), z.uuid()]);

export function writeRejectedCursor({ receivedAt, rejectionId }: RejectedPosition): string {
  return writeCursor(receivedAt.toISOString(), rejectionId);
}

/** @throws AppError invalid_parameter */
export function parseRejectedCursor(cursor: string): RejectedPosition {
  return readCursor(cursor, (parts) => {
    const { data } = partsSchema.safeParse(parts);
    return data === undefined ? null : { receivedAt: new Date(data[0]), rejectionId: data[1] };
  });
}
