/** The watchdog of a service's consumers, with its findings and what the service keeps in its metrics and summary. */
import type { ServiceName } from '@throughline/contracts';
import { createConsumerWatch, type ConsumerWatch } from '@throughline/event-log';
import type { Registry } from 'prom-client';
import { exportConsumerWatch } from '../export-consumer-watch.ts';
import type { Logger } from '../logger.ts';
import type { Summary } from '../summary.ts';
import { exportKeptCopies } from './export-kept-copies.ts';
import { exportProcess } from './export-process.ts';
import type { ServiceResources } from './open-resources.ts';

export interface WatchConsumersOptions {
  service: ServiceName;
  resources: ServiceResources;
  logger: Logger;
  registry: Registry;
  summary: Summary;
  stallSeconds: number;
  /** Whether this service sends from an outbox. */
  hasOutbox: boolean;
  /** Tables of its schema with copies that are kept for a while, beside the dead letters. */
  copies: readonly string[];
}

export function watchConsumers(options: WatchConsumersOptions): ConsumerWatch {
  const { resources, logger, registry, summary } = options;
  const watch = createConsumerWatch({
    // Not the consumers' pool: a stuck handler would hold the connections that the watchdog needs.
    pool: resources.apiPool,
    schema: options.service,
    log: resources.log,
    logger,
    hasOutbox: options.hasOutbox,
    onRetry: () => summary.count('batchesRetried'),
    stallAfterMs: options.stallSeconds * 1_000,
  });
  exportConsumerWatch(watch, { registry, summary });
  exportProcess(registry, resources);
  exportKeptCopies({
    pool: resources.apiPool,
    registry,
    tables: ['dead_letter', ...options.copies].map((table) => `${options.service}.${table}`),
  });
  return watch;
}
