/** The library is silent about a collector that takes nothing: one log line when it begins to fail, and one when it takes spans again. */
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { loggableError, type Logger } from '../logger.ts';

export function reportExports(exporter: SpanExporter, logger: Logger): SpanExporter {
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined) {
          if (lost === 0) {
            logger.warn(
              { event: 'tracing.export_failed', err: loggableError(result.error) },
              'the collector takes no spans: they are dropped until it does',
            );
          }
          lost += spans.length;
        } else if (lost > 0) {
          logger.info({ event: 'tracing.export_recovered', spansLost: lost }, 'the collector takes spans');
          lost = 0;
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush === undefined
      ? {}
      : { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  };
}
