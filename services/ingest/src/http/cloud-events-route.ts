/** CloudEvents over HTTP: structured, batched and binary. */
import type { HttpApp } from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { cloudEventsRoute } from '../core/ingest-route.ts';
import { cloudEventsSchema } from './client-schemas.ts';
import { parseCloudEvents } from './cloud-events-body.ts';
import { documentOnly, receiveRequest, senderKinds, type IngestRouteParts } from './receive-request.ts';
import { requestMaxBytes } from './request-limits.ts';

const noBytes = Buffer.alloc(0);

export function addCloudEventsRoute(scope: HttpApp, parts: IngestRouteParts): void {
  const { keys } = parts;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    async (request: FastifyRequest, stream: FastifyRequest['raw']) =>
      await parts.bodyReader.read(request, stream),
  );
  scope.post(
    cloudEventsRoute.path,
    {
      onRequest: async (request, reply) => {
        await keys.beforeBody(request, reply, senderKinds);
        await keys.withBody(request, reply, senderKinds, null);
      },
      bodyLimit: requestMaxBytes,
      schema: cloudEventsSchema,
      ...documentOnly,
    },
    async (request, reply) => {
      const principal = await keys.withBody(request, reply, senderKinds, null);
      const bytes = (request.body as unknown as Buffer | undefined) ?? noBytes;
      const events = parseCloudEvents(request.headers, bytes);
      const answer = await receiveRequest(parts, cloudEventsRoute, { request, reply }, principal, events);
      const { accepted, rejected, warnings } = answer;
      return warnings.length === 0 ? { accepted, rejected } : { accepted, rejected, warnings };
    },
  );
}
