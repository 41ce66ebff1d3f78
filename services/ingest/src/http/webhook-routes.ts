/**
 * Receipts from senders that cannot send a key: a signature over the body stands for it, and the path names the source. What
 * is wrong with a receipt is answered with 200 all the same, since these senders would only send it again.
 */
import { AppError } from '@throughline/contracts';
import { decodeUtf8, parseJsonText, type BodyReader, type HttpApp } from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { receiptRoute, shopifyRoute, squareRoute, type IngestRoute } from '../core/ingest-route.ts';
import { isJsonObject } from '../core/json-value.ts';
import type { SourceDirectory } from '../core/source-directory.ts';
import { parseExactly } from '../receive/exact-json.ts';
import type { Receiver } from '../receive/receive-items.ts';
import { bodyProblems } from './ingest-schemas.ts';
import { receiptAnswerSchema, receiveReceipts } from './receive-receipts.ts';
import { documentOnly } from './receive-request.ts';
import { checkItemCount, requestMaxBytes } from './request-limits.ts';
import { requireLog } from './require-log.ts';
import { shopifyExample, squareExample, standardExample } from './webhook-examples.ts';
import { isSigned, type WebhookProtocol } from './webhook-signature.ts';

export interface WebhookRouteParts {
  receiver: Receiver;
  bodyReader: BodyReader;
  sources: SourceDirectory;
  /** Milliseconds since 1970. */
  now: () => number;
}

interface Webhook {
  protocol: WebhookProtocol;
  route: IngestRoute;
  operationId: string;
  summary: string;
  /** Without it the body is not even read. */
  signatureHeader: string;
  example: object;
  itemsOf: (body: unknown, headers: FastifyRequest['headers']) => unknown[];
}

const webhooks: readonly Webhook[] = [
  {
    protocol: 'shopify',
    route: shopifyRoute,
    operationId: 'shopifyWebhook',
    summary: 'Takes orders and refunds of Shopify, signed by `X-Shopify-Hmac-Sha256`',
    signatureHeader: 'x-shopify-hmac-sha256',
    example: shopifyExample,
    itemsOf: (body, headers) => [{ topic: headers['x-shopify-topic'] ?? null, body }],
  },
  {
    protocol: 'square',
    route: squareRoute,
    operationId: 'squareWebhook',
    summary: 'Takes payments and refunds of Square, signed by `X-Square-HmacSha256-Signature`',
    signatureHeader: 'x-square-hmacsha256-signature',
    example: squareExample,
    itemsOf: (body) => [body],
  },
  {
    protocol: 'standard',
    route: receiptRoute,
    operationId: 'standardWebhook',
    summary:
      'Takes receipts, signed as Standard Webhooks: `Webhook-Id`, `Webhook-Timestamp`, `Webhook-Signature`',
    signatureHeader: 'webhook-signature',
    example: standardExample,
    itemsOf: receiptsOf,
  },
];

export async function addWebhookRoutes(app: HttpApp, parts: WebhookRouteParts): Promise<void> {
  await app.register((scope, _options, done) => {
    requireLog(scope, parts.receiver);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      async (request: FastifyRequest, stream: FastifyRequest['raw']) =>
        await parts.bodyReader.read(request, stream),
    );
    for (const webhook of webhooks) addWebhookRoute(scope, parts, webhook);
    done();
  });
}

function addWebhookRoute(scope: HttpApp, parts: WebhookRouteParts, webhook: Webhook): void {
  const { protocol, route, signatureHeader } = webhook;
  scope.post(
    `/v1/pos/webhooks/${protocol}/:source`,
    {
      onRequest: (request, _reply, done) => {
        // What a sender calls its JSON is not relied upon.
        delete request.raw.headers['content-type'];
        const isAnonymous = request.headers[signatureHeader] === undefined;
        done(isAnonymous ? new AppError('unauthorized', '') : undefined);
      },
      bodyLimit: requestMaxBytes,
      schema: webhookSchema(webhook),
      ...documentOnly,
    },
    async (request) => {
      const { source } = request.params;
      const body = request.body as unknown as Buffer | undefined;
      if (body === undefined) throw new AppError('empty_body', '');
      const settings = parts.sources.settingsOf(source).webhooks ?? {};
      // One answer for a source that does not exist, one without a secret, and a wrong signature.
      if (
        parts.sources.trustOf(source) !== 'server' ||
        !isSigned(protocol, settings, { headers: request.headers, body, nowMs: parts.now() })
      ) {
        throw new AppError('unauthorized', '');
      }
      const text = decodeUtf8(body);
      const items = webhook.itemsOf(parseJsonText(text), request.headers);
      checkItemCount(items.length);
      return await receiveReceipts(
        parts,
        request,
        { route, source, trust: 'server' },
        { items, exactItems: () => webhook.itemsOf(parseExactly(text), request.headers), writeKey: null },
      );
    },
  );
}

/** The body of a Standard Webhook: a receipt, a list of them, or either as the `data` of an event. */
function receiptsOf(body: unknown): unknown[] {
  const data = isJsonObject(body) && 'data' in body && !('store' in body) ? body['data'] : body;
  return Array.isArray(data) ? data : [data];
}

function webhookSchema({ operationId, summary, example }: Webhook) {
  return {
    operationId,
    tags: ['points of sale'],
    summary,
    description:
      'Needs no key: the signature is checked with the secrets of the source. A source without a secret, an unknown one and a ' +
      'wrong signature are all answered 401. A delivery that is repeated is accepted and counts once.',
    params: z.object({
      source: z
        .string()
        .describe('The source whose settings have the secret.')
        .meta({ examples: ['server'] }),
    }),
    consumes: ['application/json'],
    body: z
      .union([z.looseObject({}), z.array(z.looseObject({}))])
      .describe('As the sender writes it.')
      .meta({ examples: [example] }),
    response: { 200: receiptAnswerSchema, ...bodyProblems },
  };
}
