/** The route of our own, strict about what it is sent. */
import { AppError } from '@throughline/contracts';
import { checkCharset, decodeUtf8, type HttpApp } from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { nativeRoute } from '../core/ingest-route.ts';
import { nativeSchema } from './ingest-schemas.ts';
import { documentOnly, receiveRequest, senderKinds, type IngestRouteParts } from './receive-request.ts';
import { parseNativeJson, parseNdjson, type RequestBody } from './request-body.ts';
import { assertBeaconSize } from './request-key.ts';
import { requestMaxBytes } from './request-limits.ts';

export function addNativeRoute(scope: HttpApp, parts: IngestRouteParts): void {
  const { keys } = parts;
  scope.removeAllContentTypeParsers();
  const parsers = [
    [['application/json'], parseNativeJson],
    [['application/x-ndjson', 'application/ndjson'], parseNdjson],
  ] as const;
  const readableTypes = parsers.map(([[contentType]]) => contentType);
  for (const [contentTypes, parse] of parsers) {
    scope.addContentTypeParser(
      [...contentTypes],
      async (request: FastifyRequest, stream: FastifyRequest['raw']) => {
        checkCharset(request);
        return parse(decodeUtf8(await parts.bodyReader.read(request, stream)));
      },
    );
  }
  scope.post(
    nativeRoute.path,
    {
      config: { readableTypes },
      onRequest: async (request, reply) => {
        await keys.beforeBody(request, reply, senderKinds);
        assertBeaconSize(request);
      },
      bodyLimit: requestMaxBytes,
      schema: nativeSchema,
      ...documentOnly,
    },
    async (request, reply) => {
      const body = request.body as unknown as RequestBody | undefined;
      const principal = await keys.withBody(request, reply, senderKinds, body?.writeKey ?? null);
      if (body === undefined) throw new AppError('empty_body', '');
      const answer = await receiveRequest(parts, nativeRoute, { request, reply }, principal, body);
      const { accepted, rejected, warnings } = answer;
      return warnings.length === 0 ? { accepted, rejected } : { accepted, rejected, warnings };
    },
  );
}
