/** Segment's HTTP API, which reads what it is sent by whatever name, and answers a call that it cannot use with 200. */
import { AppError, type KeyKind } from '@throughline/contracts';
import { decodeUtf8, type HttpApp } from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { segmentRoutes } from '../core/ingest-route.ts';
import { segmentSchema } from './ingest-schemas.ts';
import { documentOnly, receiveRequest, senderKinds, type IngestRouteParts } from './receive-request.ts';
import { parseSegmentBody, takeText } from './request-body.ts';
import { importMaxBytes, requestMaxBytes } from './request-limits.ts';

export function addSegmentRoutes(scope: HttpApp, parts: IngestRouteParts): void {
  const { keys } = parts;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', async (request: FastifyRequest, stream: FastifyRequest['raw']) =>
    decodeUtf8(await parts.bodyReader.read(request, stream)),
  );
  for (const route of segmentRoutes) {
    const kinds: readonly KeyKind[] = route.isImport ? ['server'] : senderKinds;
    scope.post(
      route.path,
      {
        onRequest: async (request, reply) => {
          // What clients call their JSON is not to be relied upon; see the page of each client in the documentation.
          delete request.raw.headers['content-type'];
          await keys.beforeBody(request, reply, kinds);
        },
        bodyLimit: route.isImport ? importMaxBytes : requestMaxBytes,
        schema: segmentSchema(route),
        ...documentOnly,
      },
      async (request, reply) => {
        const body = parseSegmentBody(takeText(request), route);
        if (body === null) {
          await keys.withBody(request, reply, kinds, null);
          throw new AppError('empty_body', '');
        }
        const principal = await keys.withBody(request, reply, kinds, body.writeKey);
        const { rejected } = await receiveRequest(parts, route, { request, reply }, principal, body);
        return { success: true as const, rejected };
      },
    );
  }
}
