/** The way of parsed receipts to their answer, which every point-of-sale route gives alike. */
import { trustOf, type Principal } from '@throughline/runtime';
import type { Trust } from '@throughline/contracts';
import { z } from 'zod';
import type { IngestRoute } from '../core/ingest-route.ts';
import type { Receiver } from '../receive/receive-items.ts';
import { receivedAnswerSchema } from './ingest-schemas.ts';
import type { RequestBody } from './request-body.ts';

export const receiptAnswerSchema = receivedAnswerSchema
  .extend({
    keptApart: z.int().describe('Receipts that count nothing: of training mode, or of kind `control`.'),
  })
  .describe('Accepted, kept apart, or kept among the rejects: receipt by receipt.');

export interface ReceiptRequest {
  route: IngestRoute;
  requestId: string;
  source: string;
  trust: Trust;
}

export function receiptRequestOf(
  route: IngestRoute,
  requestId: string,
  principal: Principal,
): ReceiptRequest {
  return { route, requestId, source: principal.source, trust: trustOf(principal) };
}

export async function receiveReceipts(
  { receiver, now }: { receiver: Receiver; now: () => number },
  request: ReceiptRequest,
  { items, exactItems }: Pick<RequestBody, 'items' | 'exactItems'>,
): Promise<z.infer<typeof receiptAnswerSchema>> {
  const { accepted, keptApart, rejected, warnings } = await receiver.receive({
    ...request,
    receivedAtMs: now(),
    items,
    exactItems,
  });
  return { accepted, keptApart, rejected, ...(warnings.length === 0 ? {} : { warnings }) };
}
