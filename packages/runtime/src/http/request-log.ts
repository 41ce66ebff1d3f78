/** One log line and one measurement for each answer, by the pattern of its route: a path holds identifiers. */
import type { FastifyRequest } from 'fastify';
import type { Logger } from '../logger.ts';
import { loggableTrace } from '../tracing/loggable-trace.ts';
import type { HttpApp } from './http-app.ts';
import type { RequestMetrics } from './metrics-route.ts';

export function addRequestLog(app: HttpApp, logger: Logger, metrics: RequestMetrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const answer = { status: reply.statusCode, durationMs: reply.elapsedTime };
    const route = request.is404 ? null : (request.routeOptions.url ?? null);
    metrics.observe(request.method, route ?? 'none', answer.status, answer.durationMs);
    request.trace?.end({ route, status: answer.status });
    logRequest(logger, request, route, answer);
    done();
  });
}

function logRequest(
  logger: Logger,
  { id, method, trace }: FastifyRequest,
  route: string | null,
  { status, durationMs }: { status: number; durationMs: number },
): void {
  const level = status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug';
  if (!logger.isLevelEnabled(level)) return;
  logger[level](
    {
      event: 'request.completed',
      requestId: id,
      ...loggableTrace(trace?.traceparent),
      method,
      route,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
    },
    'request completed',
  );
}
