/** `POST /v1/pos/receipts`: what tills send, receipt by receipt or a day at once. */
import { AppError } from '@throughline/contracts';
import {
  checkCharset,
  decodeUtf8,
  type BodyReader,
  type HttpApp,
  type Principal,
  type RequestHook,
} from '@throughline/runtime';
import type { KeyKind } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { receiptRoute } from '../core/ingest-route.ts';
import { receiptSchema } from '../core/pos/receipt-schema.ts';
import type { Receiver } from '../receive/receive-items.ts';
import { bodyProblems } from './ingest-schemas.ts';
import { receiptAnswerSchema, receiptSenderOf, receiveReceipts } from './receive-receipts.ts';
import { documentOnly } from './receive-request.ts';
import { parseNativeJson, parseNdjson, type RequestBody } from './request-body.ts';
import { importMaxBytes } from './request-limits.ts';
import { requireLog } from './require-log.ts';

export interface ReceiptRouteParts {
  receiver: Receiver;
  bodyReader: BodyReader;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
  /** Milliseconds since 1970. */
  now: () => number;
}

export const receiptExample = {
  store: 'Berlin 7',
  register: '2',
  businessDay: '2026-03-01',
  sequence: 1417,
  time: '2026-03-01T18:04:31',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  lines: [
    { sku: '4006381333931', name: 'Highlighter', quantity: 2, unitPrice: 149, tax: 48, cost: 130 },
    { sku: '2000017000004', name: 'Apples', quantity: 0.734, unitPrice: 299, tax: 14, cost: 150 },
  ],
  tax: 62,
  total: 517,
  tenders: [{ type: 'cash', amount: 1000 }],
  change: 483,
  customer: { loyaltyId: '9021345' },
};

const receiptsSchema = {
  operationId: 'sendReceipts',
  tags: ['points of sale'],
  summary: 'Takes one receipt, a list of them, or one a line (application/x-ndjson)',
  description:
    'Needs a server key (sk_…). Amounts are integers in minor units of `currency`. Lines, discounts, taxes, tenders and the ' +
    'total must agree, or the receipt is rejected with the difference. Null and empty fields are as if they were left out; ' +
    'fields that are not listed are refused. Receipts of training mode are acknowledged, kept apart and never counted. A ' +
    'receipt that comes again is accepted and counts once. Answered only after the receipts are durable.',
  consumes: ['application/json', 'application/x-ndjson'],
  body: z
    .union([receiptSchema, z.array(receiptSchema).min(1).max(2_500)])
    .meta({ examples: [receiptExample, [receiptExample]] }),
  response: {
    200: receiptAnswerSchema,
    ...bodyProblems,
  },
};

export async function addReceiptRoute(app: HttpApp, parts: ReceiptRouteParts): Promise<void> {
  await app.register((scope, _options, done) => {
    requireLog(scope, parts.receiver);
    addParsers(scope, parts.bodyReader);
    scope.post(
      receiptRoute.path,
      {
        config: { readableTypes: ['application/json', 'application/x-ndjson'] },
        onRequest: parts.requireKey('server'),
        bodyLimit: importMaxBytes,
        schema: receiptsSchema,
        ...documentOnly,
      },
      async (request) => {
        const body = request.body as RequestBody | undefined;
        if (body === undefined) throw new AppError('empty_body', '');
        const sender = receiptSenderOf(receiptRoute, request.principal as Principal);
        return await receiveReceipts(parts, request, sender, body);
      },
    );
    done();
  });
}

function addParsers(scope: HttpApp, bodyReader: BodyReader): void {
  scope.removeAllContentTypeParsers();
  for (const [contentTypes, parse] of [
    [['application/json'], parseNativeJson],
    [['application/x-ndjson', 'application/ndjson'], parseNdjson],
  ] as const) {
    scope.addContentTypeParser(
      [...contentTypes],
      async (request: FastifyRequest, stream: FastifyRequest['raw']) => {
        checkCharset(request);
        return parse(decodeUtf8(await bodyReader.read(request, stream)));
      },
    );
  }
}
