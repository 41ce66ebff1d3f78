/** The trace that a request belongs to, by its `traceparent`; where a collector is set, with a span of its own. */
import { parseTraceparent, writeTraceparent } from '@throughline/contracts';
import type { RequestTrace, Tracing } from '../tracing/tracing.ts';
import type { HttpApp } from './http-app.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null for a request that belongs to no trace. */
    trace: RequestTrace | null;
  }
}

/** Asked by machines, every few seconds. */
const untracedPaths = new Set(['/livez', '/readyz', '/metrics']);

export function addRequestTrace(app: HttpApp, tracing: Tracing | undefined): void {
  app.decorateRequest('trace', null);
  app.addHook('onRequest', (request, _reply, done) => {
    const context = parseTraceparent(request.headers['traceparent']);
    const traceparent = context === null ? undefined : writeTraceparent(context);
    const { is404, routeOptions } = request;
    if (tracing !== undefined && !is404 && !untracedPaths.has(routeOptions.url ?? '')) {
      request.trace = tracing.beginRequest(request, traceparent);
    } else if (traceparent !== undefined) {
      request.trace = { traceparent, end() {} };
    }
    done();
  });
}
