/** Prometheus metrics: the process's own, and requests by route pattern, never by path. */
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { HttpApp } from './http-app.ts';
import type { RequestHook } from './require-key.ts';

export interface RequestMetrics {
  registry: Registry;
  observe(method: string, route: string, status: number, durationMs: number): void;
}

export function createRequestMetrics(service: string): RequestMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  return {
    registry,
    observe: (method, route, status, durationMs) =>
      durations.observe({ method, route, status: String(status) }, durationMs / 1_000),
  };
}

/** Open on loopback, as Prometheus expects; elsewhere behind a key, because the figures reveal how the business does. */
export function addMetricsRoute(app: HttpApp, registry: Registry, guard: RequestHook | null): void {
  app.get(
    '/metrics',
    { schema: { hide: true }, ...(guard === null ? {} : { onRequest: guard }) },
    async (_request, reply) => {
      const text = await registry.metrics();
      return await reply
        .type(registry.contentType)
        .serializer((payload) => String(payload))
        .send(text);
    },
  );
}
