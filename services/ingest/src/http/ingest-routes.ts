/** The routes that take touchpoints: our own, strict about what it is sent, and Segment's HTTP API, which is not. */
import { AppError } from '@throughline/contracts';
import {
  authorize,
  checkCharset,
  decodeUtf8,
  presentedKey,
  trustOf,
  withKeyKinds,
  type BodyReader,
  type HttpApp,
  type KeyKind,
  type KeyRing,
  type Principal,
  type RateLimits,
  type RequestHook,
} from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { nativeRoute, segmentRoutes, type IngestRoute } from '../core/ingest-route.ts';
import type { Receiver } from '../receive/receive-items.ts';
import type { ReceivedAnswer } from '../receive/received-request.ts';
import { addCors } from './cors.ts';
import { nativeSchema, segmentSchema } from './ingest-schemas.ts';
import { parseNativeJson, parseNdjson, parseSegmentBody, type RequestBody } from './request-body.ts';
import { importMaxBytes, requestMaxBytes } from './request-limits.ts';

export interface IngestRouteParts {
  receiver: Receiver;
  bodyReader: BodyReader;
  rateLimits: RateLimits;
  keyRing: KeyRing;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Items are decided one by one, so the schemas of these routes document and do not validate. */
const documentOnly = () => () => true;
const plainJson = () => (payload: unknown) => JSON.stringify(payload);

export async function addIngestRoutes(app: HttpApp, parts: IngestRouteParts): Promise<void> {
  await app.register((scope, _options, done) => {
    addNativeRoute(scope, parts);
    done();
  });
  await app.register((scope, _options, done) => {
    addSegmentRoutes(scope, parts);
    done();
  });
}

function addNativeRoute(scope: HttpApp, parts: IngestRouteParts): void {
  const { path } = nativeRoute;
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
  addCors(scope, [path]);
  scope.post(
    path,
    {
      config: { readableTypes },
      onRequest: parts.requireKey('write', 'server'),
      bodyLimit: requestMaxBytes,
      schema: nativeSchema,
      validatorCompiler: documentOnly,
      serializerCompiler: plainJson,
    },
    async (request) => {
      const principal = authorize(request.principal, ['write', 'server']);
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- typed by the documented schema, which is not what validates
      if (request.body === undefined) throw new AppError('empty_body', '');
      const body = request.body as unknown as RequestBody;
      const answer = await receive(parts, nativeRoute, request.id, principal, body);
      return answer.warnings.length === 0 ? { accepted: answer.accepted, rejected: answer.rejected } : answer;
    },
  );
}

function addSegmentRoutes(scope: HttpApp, parts: IngestRouteParts): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', async (request: FastifyRequest, stream: FastifyRequest['raw']) =>
    decodeUtf8(await parts.bodyReader.read(request, stream)),
  );
  addCors(
    scope,
    segmentRoutes.map((route) => route.path),
  );
  for (const route of segmentRoutes) {
    const kinds: readonly KeyKind[] = route.isImport ? ['server'] : ['write', 'server'];
    scope.post(
      route.path,
      {
        onRequest: withKeyKinds(kinds, (request, _reply, done) => {
          // What clients call their JSON is not to be relied upon; see the table of clients in the README.
          delete request.raw.headers['content-type'];
          try {
            if (presentedKey(request.headers.authorization) !== null) {
              request.principal = authorize(request.authenticated, kinds);
            }
            done();
          } catch (error) {
            done(error as Error);
          }
        }),
        bodyLimit: route.isImport ? importMaxBytes : requestMaxBytes,
        schema: segmentSchema(route),
        validatorCompiler: documentOnly,
        serializerCompiler: plainJson,
      },
      async (request, reply) => {
        // oxlint-disable-next-line typescript/no-unnecessary-condition -- typed by the documented schema, which is not what validates
        if (request.body === undefined) {
          authorize(request.principal, kinds);
          throw new AppError('empty_body', '');
        }
        const body = parseSegmentBody(request.body as unknown as string, route);
        let { principal } = request;
        if (principal === null) {
          principal = authorize(parts.keyRing.authenticate(body.writeKey), kinds);
          await parts.rateLimits.checkKey(request, reply, principal);
        }
        const { rejected } = await receive(parts, route, request.id, principal, body);
        return { success: true as const, rejected };
      },
    );
  }
}

async function receive(
  { receiver, now }: IngestRouteParts,
  route: IngestRoute,
  requestId: string,
  principal: Principal,
  body: RequestBody,
): Promise<ReceivedAnswer> {
  return await receiver.receive({
    route,
    requestId,
    source: principal.source,
    trust: trustOf(principal),
    receivedAtMs: now(),
    items: body.items,
    exactItems: body.exactItems,
  });
}
