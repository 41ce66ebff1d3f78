/** The routes that take touchpoints: our own, strict about what it is sent, and Segment's HTTP API, which is not. */
import { AppError, type KeyKind } from '@throughline/contracts';
import {
  checkCharset,
  clientAddress,
  decodeUtf8,
  trustOf,
  type BodyReader,
  type HttpApp,
  type KeyRing,
  type Principal,
  type RateLimits,
} from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { nativeRoute, segmentRoutes, type IngestRoute } from '../core/ingest-route.ts';
import type { Receiver } from '../receive/receive-items.ts';
import type { ReceivedAnswer } from '../receive/received-request.ts';
import { addCors } from './cors.ts';
import { nativeSchema, segmentSchema } from './ingest-schemas.ts';
import { parseNativeJson, parseNdjson, parseSegmentBody, type RequestBody } from './request-body.ts';
import { assertBeaconSize, createRequestKeys, type RequestKeys } from './request-key.ts';
import { importMaxBytes, requestMaxBytes } from './request-limits.ts';

export interface IngestRouteParts {
  receiver: Receiver;
  bodyReader: BodyReader;
  rateLimits: RateLimits;
  keyRing: KeyRing;
  /** Of the write key's source; undefined for any. */
  allowedOrigins: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Items are decided one by one, so the schemas of these routes document and do not validate. */
const documentOnly = () => () => true;
const plainJson = () => (payload: unknown) => JSON.stringify(payload);

export async function addIngestRoutes(app: HttpApp, parts: IngestRouteParts): Promise<void> {
  const keys = createRequestKeys(parts.keyRing, parts.rateLimits);
  const paths = [nativeRoute, ...segmentRoutes].map((route) => route.path);
  addCors(app, { paths, allowedOrigins: parts.allowedOrigins });
  await app.register((scope, _options, done) => {
    addNativeRoute(scope, parts, keys);
    done();
  });
  await app.register((scope, _options, done) => {
    addSegmentRoutes(scope, parts, keys);
    done();
  });
}

function addNativeRoute(scope: HttpApp, parts: IngestRouteParts, keys: RequestKeys): void {
  const kinds: readonly KeyKind[] = ['write', 'server'];
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
        await keys.beforeBody(request, reply, kinds);
        assertBeaconSize(request);
      },
      bodyLimit: requestMaxBytes,
      schema: nativeSchema,
      validatorCompiler: documentOnly,
      serializerCompiler: plainJson,
    },
    async (request, reply) => {
      const body = request.body as unknown as RequestBody | undefined;
      const principal = await keys.withBody(request, reply, kinds, body?.writeKey ?? null);
      if (body === undefined) throw new AppError('empty_body', '');
      const answer = await receive(parts, nativeRoute, request, principal, body);
      const { accepted, rejected, warnings } = answer;
      return warnings.length === 0 ? { accepted, rejected } : { accepted, rejected, warnings };
    },
  );
}

function addSegmentRoutes(scope: HttpApp, parts: IngestRouteParts, keys: RequestKeys): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', async (request: FastifyRequest, stream: FastifyRequest['raw']) =>
    decodeUtf8(await parts.bodyReader.read(request, stream)),
  );
  for (const route of segmentRoutes) {
    const kinds: readonly KeyKind[] = route.isImport ? ['server'] : ['write', 'server'];
    scope.post(
      route.path,
      {
        onRequest: async (request, reply) => {
          // What clients call their JSON is not to be relied upon; see the table of clients in the README.
          delete request.raw.headers['content-type'];
          await keys.beforeBody(request, reply, kinds);
        },
        bodyLimit: route.isImport ? importMaxBytes : requestMaxBytes,
        schema: segmentSchema(route),
        validatorCompiler: documentOnly,
        serializerCompiler: plainJson,
      },
      async (request, reply) => {
        const text = request.body as unknown as string | undefined;
        if (text === undefined) {
          await keys.withBody(request, reply, kinds, null);
          throw new AppError('empty_body', '');
        }
        const body = parseSegmentBody(text, route);
        const principal = await keys.withBody(request, reply, kinds, body.writeKey);
        const { rejected } = await receive(parts, route, request, principal, body);
        return { success: true as const, rejected };
      },
    );
  }
}

async function receive(
  { receiver, now }: IngestRouteParts,
  route: IngestRoute,
  request: FastifyRequest,
  principal: Principal,
  body: RequestBody,
): Promise<ReceivedAnswer> {
  const trust = trustOf(principal);
  return await receiver.receive({
    route,
    requestId: request.id,
    source: principal.source,
    trust,
    ...(trust === 'public'
      ? { publicSender: { key: principal.source, address: clientAddress(request.ip) } }
      : {}),
    receivedAtMs: now(),
    items: body.items,
    exactItems: body.exactItems,
  });
}
