/** `POST /v1/pos/poslog`: an ARTS POSLog document, whose transactions become receipts. */
import { AppError } from '@throughline/contracts';
import { checkCharset, decodeUtf8, type HttpApp, type Principal } from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { poslogRoute } from '../core/ingest-route.ts';
import type { XmlElement } from '../core/pos/xml-element.ts';
import { bodyProblems } from './ingest-schemas.ts';
import { parsePoslog } from './poslog-body.ts';
import type { ReceiptRouteParts } from './receipt-route.ts';
import { receiptAnswerSchema, receiptSenderOf, receiveReceipts } from './receive-receipts.ts';
import { documentOnly } from './receive-request.ts';
import { importMaxBytes } from './request-limits.ts';

const contentTypes = ['application/xml', 'text/xml'];

const poslogSchema = {
  operationId: 'sendPoslog',
  tags: ['points of sale'],
  summary: 'Takes an ARTS POSLog document (application/xml, UTF-8)',
  description:
    'Needs a server key (sk_…). Each transaction is a receipt of its own: what is wrong with one costs no other. A document ' +
    'type declaration is refused. Answered only after the receipts are durable.',
  consumes: contentTypes,
  response: { 200: receiptAnswerSchema, ...bodyProblems },
};

export async function addPoslogRoute(app: HttpApp, parts: ReceiptRouteParts): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      contentTypes,
      async (request: FastifyRequest, stream: FastifyRequest['raw']) => {
        checkCharset(request);
        return parsePoslog(decodeUtf8(await parts.bodyReader.read(request, stream)));
      },
    );
    scope.post(
      poslogRoute.path,
      {
        config: { readableTypes: contentTypes },
        onRequest: parts.requireKey('server'),
        bodyLimit: importMaxBytes,
        schema: poslogSchema,
        ...documentOnly,
      },
      async (request) => {
        const items = request.body as XmlElement[] | undefined;
        if (items === undefined) throw new AppError('empty_body', '');
        const sender = receiptSenderOf(poslogRoute, request.principal as Principal);
        return await receiveReceipts(parts, request, sender, {
          items,
          exactItems: () => items,
          writeKey: null,
        });
      },
    );
    done();
  });
}
