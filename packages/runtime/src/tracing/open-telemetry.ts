/**
 * Spans by OpenTelemetry's library, sent in batches over OTLP/HTTP as JSON. One span for each request, and one for each trace
 * that a transaction of a consumer has records of, so that a trace holds the whole way of its touchpoints. The queue is
 * bounded: what a collector does not take is dropped and counted, and costs no request.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { parseTraceparent, writeTraceparent } from '@throughline/contracts';
import type { RecordTracing, TransactionTrace } from '@throughline/event-log';
import type { Logger } from '../logger.ts';
import { reportExports } from './report-exports.ts';
import type { TracingConfig } from './tracing-config.ts';
import type { RequestTrace, Tracing } from './tracing.ts';

/** Between sends: a trace is to be looked at while its touchpoint is still of interest. */
const scheduledDelayMillis = 1_000;
/** Of one transaction: past them a trace context is passed on without a span. */
const maxTracesPerTransaction = 100;

export function createOpenTelemetry({
  service,
  config,
  logger,
}: {
  service: string;
  config: TracingConfig;
  logger: Logger;
}): Tracing {
  const exporter = reportExports(new OTLPTraceExporter({ url: config.url }), logger);
  const name = `throughline-${service}`;
  const provider = new TracerProvider({
    sampler: createSampler(config),
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': name })),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis })],
  });
  const tracer = provider.getTracer('throughline');
  return {
    beginRequest: (request, traceparent) => beginRequest(tracer, request, traceparent),
    records: createRecordTracing(tracer),
    async stop() {
      // A collector that is away must not keep the service from stopping.
      await provider.shutdown().catch(() => undefined);
    },
  };
}

function createSampler({ sampler, ratio }: TracingConfig): Sampler {
  const name = sampler.replace('parentbased_', '');
  const root =
    name === 'always_on'
      ? new AlwaysOnSampler()
      : name === 'always_off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return name === sampler ? root : new ParentBasedSampler({ root });
}

function contextOf(traceparent: string | undefined) {
  const context = parseTraceparent(traceparent);
  if (context === null) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = context;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: isSampled ? 1 : 0,
    isRemote: true,
  });
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return writeTraceparent({ traceId, spanId, isSampled: (traceFlags & 1) === 1 });
}

function beginRequest(
  tracer: Tracer,
  { method, id }: { method: string; id: string },
  traceparent: string | undefined,
): RequestTrace {
  const span = tracer.startSpan(
    method,
    {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': method, 'throughline.request_id': id },
    },
    contextOf(traceparent),
  );
  return {
    traceparent: traceparentOf(span),
    end({ route, status }) {
      // Never the path: it holds identifiers.
      if (route !== null) {
        span.updateName(`${method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function createRecordTracing(tracer: Tracer): RecordTracing {
  return {
    begin({ group, topic, traceparents }) {
      const counts = new Map<string, number>();
      for (const one of traceparents) if (one !== undefined) counts.set(one, (counts.get(one) ?? 0) + 1);
      const spans = new Map<string, Span>();
      for (const [traceparent, count] of counts) {
        if (spans.size === maxTracesPerTransaction) break;
        spans.set(traceparent, beginTransaction(tracer, { group, topic, count }, traceparent));
      }
      return transactionTrace(spans);
    },
  };
}

function beginTransaction(
  tracer: Tracer,
  { group, topic, count }: { group: string; topic: string; count: number },
  traceparent: string,
): Span {
  return tracer.startSpan(
    `process ${topic}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.system': 'throughline',
        'messaging.operation.type': 'process',
        'messaging.destination.name': topic,
        'messaging.consumer.group.name': group,
        'messaging.batch.message_count': count,
      },
    },
    contextOf(traceparent),
  );
}

function transactionTrace(spans: ReadonlyMap<string, Span>): TransactionTrace {
  return {
    follow(traceparent) {
      const span = traceparent === undefined ? undefined : spans.get(traceparent);
      return span === undefined ? traceparent : traceparentOf(span);
    },
    commit() {
      for (const span of spans.values()) span.end();
    },
    fail(error) {
      // The name alone: messages of the database quote values.
      const message = error instanceof Error ? error.name : 'not an error';
      for (const span of spans.values()) {
        span.setStatus({ code: SpanStatusCode.ERROR, message });
        span.end();
      }
    },
  };
}
