/**
 * The HTTP server that every service shares: what must hold for each answer of each service (headers, problems, limits,
 * logs without secrets) is wired here once, and a service only adds its routes.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { AppError } from '@throughline/contracts';
import { fastify, LogController, type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import type { KeyRing, KeyKind } from '../key-ring.ts';
import { isLoopbackHost } from '../listen-config.ts';
import { loggableError, type Logger } from '../logger.ts';
import { createBodyReader, type BodyReader } from './body-reader.ts';
import { answerClientError, type ClientError } from './client-error.ts';
import { addDocsRoutes } from './docs-routes.ts';
import { addHealthRoutes, type ReadinessCheck } from './health-routes.ts';
import { isLoopbackName } from './host-check.ts';
import type { HttpApp } from './http-app.ts';
import { addMetricsRoute, createRequestMetrics, type RequestMetrics } from './metrics-route.ts';
import { addJsonParser } from './json-parser.ts';
import { faultOf, sendProblem } from './problem.ts';
import { createRequireKey, type RequestHook } from './require-key.ts';
import { createRouteTable } from './route-table.ts';
import { apiHeaders } from './security-headers.ts';

export interface HttpAppOptions {
  service: string;
  title: string;
  description: string;
  version?: string;
  logger: Logger;
  keyRing: KeyRing;
  /** Checks of `/readyz` by name: `database`, `log`, `migrations`. */
  ready: Readonly<Record<string, ReadinessCheck>>;
  /** The host it will listen on: on loopback the Host header is checked, elsewhere `/metrics` needs a key. */
  host: string;
  /** Largest body, inflated; routes may set their own `bodyLimit`. Default 512 KiB. */
  bodyLimitBytes?: number;
  /** Bodies in hand over all requests; above, requests are answered 503 `overloaded`. Default 32 MiB. */
  maxBytesInFlight?: number;
  /** From the first byte to the last of a request. Default 10 s. */
  requestTimeoutMs?: number;
}

export interface ServiceHttp {
  app: HttpApp;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
  bodyReader: BodyReader;
  registry: Registry;
}

class SilentLogController extends LogController {
  constructor() {
    super({ disableRequestLogging: true });
  }
  override serviceUnavailable(): void {}
}

/** Builds the server; add routes to `app`, then `app.listen({host, port})`. */
export async function createHttpApp(options: HttpAppOptions): Promise<ServiceHttp> {
  const { service, logger, keyRing, host, requestTimeoutMs = 10_000 } = options;
  const metrics = createRequestMetrics(service);
  const bodyReader = createBodyReader({ maxBytesInFlight: options.maxBytesInFlight ?? 32 * 1024 * 1024 });
  const app = fastify({
    logger: false,
    logController: new SilentLogController(),
    genReqId: () => `req_${randomUUID()}`,
    requestIdHeader: false,
    trustProxy: false,
    bodyLimit: options.bodyLimitBytes ?? 512 * 1024,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    http: {
      requireHostHeader: false,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Node looks for late requests every 30 s unless told: a slow sender would get three times its time.
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs / 2),
    },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, logger),
    frameworkErrors: (error, request, reply) => {
      void sendProblem(reply, faultOf(error), request.id);
      logger.info(
        { event: 'request.refused', requestId: request.id, code: 'malformed_request', route: null },
        'unreadable path',
      );
    },
  }).withTypeProvider<ZodTypeProvider>() as unknown as HttpApp;

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('principal', null);
  app.decorateRequest('bytesInFlight', 0);
  app.decorateRequest('isBodyReleased', false);
  addHooks(app, { host, logger, metrics, bodyReader });
  addFaultAnswers(app, logger);
  addJsonParser(app, bodyReader);

  const requireKey = createRequireKey(keyRing);
  await addDocsRoutes(app, {
    title: options.title,
    description: options.description,
    version: options.version ?? '0.1.0',
  });
  addHealthRoutes(app, options.ready);
  addMetricsRoute(app, metrics.registry, isLoopbackHost(host) ? null : requireKey('read'));
  return { app, requireKey, bodyReader, registry: metrics.registry };
}

interface HookParts {
  host: string;
  logger: Logger;
  metrics: RequestMetrics;
  bodyReader: BodyReader;
}

function addHooks(app: HttpApp, { host, logger, metrics, bodyReader }: HookParts): void {
  const checksHost = isLoopbackHost(host);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(apiHeaders);
    reply.header('x-request-id', request.id);
    // Not `onResponse`, which does not come for a client that went away in the middle of its body.
    reply.raw.once('close', () => bodyReader.release(request));
    const name = request.headers.host;
    if (name === undefined && request.raw.httpVersion === '1.1') {
      done(new AppError('malformed_request', 'a request needs one Host header', { field: 'host' }));
    } else if (checksHost && name !== undefined && !isLoopbackName(name)) {
      done(
        new AppError('forbidden', 'this service answers only to the names of its own machine', {
          field: 'host',
        }),
      );
    } else {
      done();
    }
  });
  let closing = false;
  let idleTimer: NodeJS.Timeout | undefined;
  app.addHook('preClose', (done) => {
    closing = true;
    // Closing looks for idle connections once; one whose answer was just being written becomes idle after that.
    idleTimer = setInterval(() => app.server.closeIdleConnections(), 50);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearInterval(idleTimer);
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // Files of the documentation come with a cache policy of their own.
    reply.header('cache-control', 'no-store');
    // Or the connection of a request in hand would be kept alive, and the stop would wait for it.
    if (closing) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    logRequest(logger, metrics, request, reply.statusCode, reply.elapsedTime);
    done();
  });
}

function logRequest(
  logger: Logger,
  metrics: RequestMetrics,
  request: FastifyRequest,
  status: number,
  durationMs: number,
): void {
  // The pattern, never the path: paths hold identifiers, and query strings hold keys.
  const route = request.is404 ? null : (request.routeOptions.url ?? null);
  metrics.observe(request.method, route ?? 'none', status, durationMs);
  const level = status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug';
  if (!logger.isLevelEnabled(level)) return;
  logger[level](
    {
      event: 'request.completed',
      requestId: request.id,
      method: request.method,
      route,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
    },
    'request completed',
  );
}

function addFaultAnswers(app: HttpApp, logger: Logger): void {
  const table = createRouteTable();
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) table.add(one, url);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.raw.url?.split('?', 1)[0] ?? '';
    const methods = table.methodsOf(path);
    if (methods.length === 0) return sendProblem(reply, new AppError('not_found', ''), request.id);
    reply.header('allow', methods.join(', '));
    const expected = methods.join(', ');
    return sendProblem(
      reply,
      new AppError('method_not_allowed', `${expected} only`, { expected }),
      request.id,
    );
  });
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    if (fault.code === 'internal_error' || fault.code === 'database_unavailable') {
      logger.error(
        {
          event: 'request.failed',
          requestId: request.id,
          code: fault.code,
          route: request.routeOptions.url ?? null,
          err: loggableError(fault.cause ?? fault),
        },
        'request failed',
      );
    }
    return sendProblem(reply, fault, request.id);
  });
}

function refuseConnection(error: ClientError, socket: Socket, logger: Logger): void {
  const code = answerClientError(error, socket);
  if (code !== null) logger.info({ event: 'request.refused', code, route: null }, 'unreadable request');
}
