/** Loads the library only where a collector is set. */
import type { Logger } from '../logger.ts';
import type { TracingConfig } from './tracing-config.ts';
import type { Tracing } from './tracing.ts';

export interface TracingOptions {
  service: string;
  config: TracingConfig | null;
  logger: Logger;
}

/** Undefined without a collector. */
export async function createTracing({
  service,
  config,
  logger,
}: TracingOptions): Promise<Tracing | undefined> {
  if (config === null) return undefined;
  const { createOpenTelemetry } = await import('./open-telemetry.ts');
  return createOpenTelemetry({ service, config, logger });
}
