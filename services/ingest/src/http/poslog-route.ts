/** `POST /v1/pos/poslog`: an ARTS POSLog document, whose transactions become receipts. */
import { AppError } from '@throughline/contracts';
import { checkCharset, decodeUtf8, type HttpApp, type Principal } from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { poslogRoute } from '../core/ingest-route.ts';
import type { XmlElement } from '../core/pos/xml-element.ts';
import { bodyProblems } from './ingest-schemas.ts';
import { parsePoslog } from './poslog-body.ts';
import type { ReceiptRouteParts } from './receipt-route.ts';
import { receiptAnswerSchema, receiptSenderOf, receiveReceipts } from './receive-receipts.ts';
import { documentOnly } from './receive-request.ts';
import { importMaxBytes } from './request-limits.ts';
import { requireLog } from './require-log.ts';

const contentTypes = ['application/xml', 'text/xml'];

const example = [
  '<POSLog><Transaction>',
  '<RetailStoreID>0042</RetailStoreID><WorkstationID>3</WorkstationID><SequenceNumber>1201</SequenceNumber>',
  '<BusinessDayDate>2026-03-01</BusinessDayDate><EndDateTime>2026-03-01T10:15:30Z</EndDateTime><CurrencyCode>EUR</CurrencyCode>',
  '<RetailTransaction>',
  '<LineItem><Sale><ItemID>4006381333931</ItemID><ExtendedAmount>7.50</ExtendedAmount><Quantity>3</Quantity></Sale></LineItem>',
  '<LineItem><Tender TenderType="Cash"><Amount>7.50</Amount></Tender></LineItem>',
  '<Total TotalType="TransactionGrandAmount">7.50</Total>',
  '</RetailTransaction></Transaction></POSLog>',
].join('');

const poslogSchema = {
  operationId: 'sendPoslog',
  tags: ['points of sale'],
  summary: 'Takes an ARTS POSLog document (application/xml, UTF-8)',
  description:
    'Needs a server key (sk_…). Each transaction is a receipt of its own: what is wrong with one costs no other. A document ' +
    'type declaration is refused. Answered only after the receipts are durable.',
  consumes: contentTypes,
  body: z.string().meta({ examples: [example] }),
  response: { 200: receiptAnswerSchema, ...bodyProblems },
};

export async function addPoslogRoute(app: HttpApp, parts: ReceiptRouteParts): Promise<void> {
  await app.register((scope, _options, done) => {
    requireLog(scope, parts.receiver);
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
