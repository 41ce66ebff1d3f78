/** The way of parsed receipts to their answer, which every point-of-sale route gives alike. */
import { trustOf, type BodyReader, type Principal } from '@throughline/runtime';
import type { Trust } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { IngestRoute } from '../core/ingest-route.ts';
import type { Receiver } from '../receive/receive-items.ts';
import { receivedAnswerSchema } from './ingest-schemas.ts';
import { takeItems, type RequestBody } from './request-body.ts';

export const receiptAnswerSchema = receivedAnswerSchema
  .extend({
    keptApart: z.int().describe('Receipts that count nothing: of training mode, or of kind `control`.'),
  })
  .describe('Accepted, kept apart, or kept among the rejects: receipt by receipt.');

export interface ReceiptParts {
  receiver: Receiver;
  bodyReader: BodyReader;
  /** Milliseconds since 1970. */
  now: () => number;
}

export interface ReceiptSender {
  route: IngestRoute;
  source: string;
  trust: Trust;
}

export function receiptSenderOf(route: IngestRoute, principal: Principal): ReceiptSender {
  return { route, source: principal.source, trust: trustOf(principal) };
}

export async function receiveReceipts(
  { receiver, bodyReader, now }: ReceiptParts,
  request: FastifyRequest,
  sender: ReceiptSender,
  body: RequestBody,
): Promise<z.infer<typeof receiptAnswerSchema>> {
  const { accepted, keptApart, rejected, warnings } = await receiver.receive({
    ...sender,
    requestId: request.id,
    traceparent: request.trace?.traceparent,
    receivedAtMs: now(),
    work: await bodyReader.longWork(request, body.items.length),
    ...takeItems(body),
  });
  return { accepted, keptApart, rejected, ...(warnings.length === 0 ? {} : { warnings }) };
}
