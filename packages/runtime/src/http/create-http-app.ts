/**
 * The HTTP server that every service shares: what must hold for each answer of each service (headers, problems, limits,
 * logs without secrets) is wired here once, and a service only adds its routes.
 */
import { randomUUID } from 'node:crypto';
import type { KeyKind } from '@throughline/contracts';
import type { DeadLetterStore } from '@throughline/event-log';
import { fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import { defaultHttpConfig, type HttpConfig } from '../http-config.ts';
import type { KeyRing } from '../key-ring.ts';
import { isLoopbackHost } from '../listen-config.ts';
import { loggableError, type Logger } from '../logger.ts';
import { loggableTrace } from '../tracing/loggable-trace.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { createBodyReader, type BodyReader } from './body-reader.ts';
import { createClientErrors, type ClientErrorHandler } from './client-error.ts';
import { boundConnections, closeConnectionsInOrder } from './connections.ts';
import { addDeadLetterRoutes } from './dead-letter-routes.ts';
import { addDocsRoutes } from './docs-routes.ts';
import { addHealthRoutes, type ReadinessCheck } from './health-routes.ts';
import type { HttpApp } from './http-app.ts';
import { addJsonParser } from './json-parser.ts';
import { addMetricsRoute, createRequestMetrics } from './metrics-route.ts';
import { faultOf, sendProblem } from './problem.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';
import { addRequestGuards } from './request-guards.ts';
import { addRequestLog } from './request-log.ts';
import { addRequestTrace } from './request-trace.ts';
import { requireKey, type RequestHook } from './require-key.ts';

export interface HttpAppOptions {
  service: string;
  title: string;
  description: string;
  version?: string;
  logger: Logger;
  keyRing: KeyRing;
  /** Checks of `/readyz` by name: `database`, `log`, `migrations`. */
  ready: Readonly<Record<string, ReadinessCheck>>;
  /** What the consumers of the service have set aside. Without it there are no routes for it. */
  deadLetters?: DeadLetterStore;
  /** The host it will listen on: on loopback the Host header is checked, elsewhere `/metrics` needs a key. */
  host: string;
  /** Largest body, inflated; routes may set their own `bodyLimit`. Default 512 KiB. */
  bodyLimitBytes?: number;
  /** Bodies that are held over all requests; above, some are answered 503 `overloaded`. Default 32 MiB. */
  maxBytesInFlight?: number;
  /** Default: the settings that a service has when nothing is set. */
  http?: HttpConfig;
  /** Requests a minute with the keys of a source that has a limit of its own; 0 is no limit. */
  keyRequestsPerMinuteOf?: (source: string) => number | undefined;
  /** From the first byte to the last of a request. Default 10 s. */
  requestTimeoutMs?: number;
  /** Default: requests have no spans. */
  tracing?: Tracing | undefined;
}

export interface ServiceHttp {
  app: HttpApp;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
  bodyReader: BodyReader;
  rateLimits: RateLimits;
  registry: Registry;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types that the route reads, for the answer to any other. Default `application/json`. */
    readableTypes?: readonly string[];
    /** How long answers of the route may be kept by browsers and caches. Default `no-store`. */
    cacheControl?: string;
  }
}

const mebibyte = 1024 * 1024;
/** Longer than the idle timeout of load balancers (60 s is usual): the client's side should close first. */
const keepAliveMs = 72_000;

class SilentLogController extends LogController {
  constructor() {
    super({ disableRequestLogging: true });
  }
  override serviceUnavailable(): void {}
}

/** Builds the server; add routes to `app`, then `app.listen({host, port})`. */
export async function createHttpApp(options: HttpAppOptions): Promise<ServiceHttp> {
  const { service, logger, keyRing, host } = options;
  const metrics = createRequestMetrics(service);
  const bodyReader = createBodyReader({
    maxBytesInFlight: options.maxBytesInFlight ?? 32 * mebibyte,
    // Together less than half of the heap that the stack gives a service.
    laneBytes: { small: 32 * mebibyte, large: 96 * mebibyte },
    maxWaitMs: 5_000,
  });
  const clientErrors = createClientErrors(logger);
  const app = createServer(options, clientErrors.handle);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('authenticated', null);
  app.decorateRequest('principal', null);
  app.decorateRequest('heldBody', null);
  app.decorateRequest('isBodyReleased', false);
  clientErrors.watch(app);
  boundConnections(app, logger);
  const { requestsPerMinute } = options.http ?? defaultHttpConfig;
  const rateLimits = await createRateLimits(app, requestsPerMinute, options.keyRequestsPerMinuteOf);
  addRequestGuards(app, { host, keyRing, bodyReader, rateLimits });
  addRequestTrace(app, options.tracing);
  closeConnectionsInOrder(app);
  app.addHook('onSend', (request, reply, _payload, done) => {
    const isKept = reply.statusCode === 200;
    // Files of the documentation come with a cache policy of their own.
    reply.header('cache-control', (isKept ? request.routeOptions.config.cacheControl : null) ?? 'no-store');
    done();
  });
  addRequestLog(app, logger, metrics);
  addFaultAnswers(app, logger);
  addJsonParser(app, bodyReader);
  await addDocsRoutes(app, {
    title: options.title,
    description: options.description,
    version: options.version ?? '0.1.0',
  });
  addHealthRoutes(app, options.ready);
  addMetricsRoute(app, metrics.registry, isLoopbackHost(host) ? null : requireKey('read'));
  const { deadLetters } = options;
  if (deadLetters !== undefined) addDeadLetterRoutes(app, { deadLetters, requireKey });
  return { app, requireKey, bodyReader, rateLimits, registry: metrics.registry };
}

function createServer(options: HttpAppOptions, clientErrorHandler: ClientErrorHandler): HttpApp {
  const { logger, requestTimeoutMs = 10_000 } = options;
  const { trustedProxies } = options.http ?? defaultHttpConfig;
  return fastify({
    logger: false,
    logController: new SilentLogController(),
    genReqId: () => `req_${randomUUID()}`,
    requestIdHeader: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    bodyLimit: options.bodyLimitBytes ?? 512 * 1024,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    // A client that does not read its answer; idle connections end before that.
    connectionTimeout: keepAliveMs + requestTimeoutMs,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    http: {
      requireHostHeader: false,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Node looks for late requests every 30 s by default: a slow sender would get three times its time.
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs / 2),
    },
    clientErrorHandler,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(reply, faultOf(error), request.id);
      logger.info(
        { event: 'request.refused', requestId: request.id, code: 'malformed_request', route: null },
        'unreadable path',
      );
    },
  }).withTypeProvider<ZodTypeProvider>();
}

function addFaultAnswers(app: HttpApp, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error, request.routeOptions.config.readableTypes);
    if (fault.code === 'internal_error' || fault.code === 'database_unavailable') {
      logger.error(
        {
          event: 'request.failed',
          requestId: request.id,
          ...loggableTrace(request.trace?.traceparent),
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
