/** A place in the rejected list as the text of a cursor. */
import { parseInstant } from '@throughline/contracts';
import { readCursor, writeCursor } from '@throughline/runtime';
import { z } from 'zod';
import type { RejectedPosition } from '../db/find-rejected-page.ts';

const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Whether the text is an instant that the column can be compared with: an offset can carry it out of the year 9999. */
function isReceiptTime(text: string): boolean {
  const ms = parseInstant(text);
  return ms !== null && ms <= latestMs;
}

/** Of a query or a body. */
export const receiptTime = z.iso
  .datetime({ offset: true })
  .refine(isReceiptTime, 'expected an instant of the years 1900 to 9999');

const partsSchema = z.tuple([z.iso.datetime().refine(isReceiptTime), z.uuid()]);

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
