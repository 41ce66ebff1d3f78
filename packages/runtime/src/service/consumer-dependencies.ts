/** What every consumer of a service runs on, for `runConsumer`. */
import type { ConsumerDependencies, ConsumerWatch } from '@throughline/event-log';
import type { Pool } from 'pg';
import { loggableTouchpointId } from '../loggable-touchpoint-id.ts';
import type { Logger } from '../logger.ts';
import type { Summary } from '../summary.ts';
import type { Tracing } from '../tracing/tracing.ts';

export interface ConsumerParts {
  /** From `createConsumerPool`. */
  pool: Pool;
  watch: Pick<ConsumerWatch, 'subscribe' | 'countDeadLetter'>;
  logger: Logger;
  summary: Pick<Summary, 'count'>;
  /** Days that dead letters are kept. Default 90. */
  rejectedRetentionDays?: number;
  tracing?: Tracing | undefined;
}

export function consumerDependencies({
  pool,
  watch,
  logger,
  summary,
  rejectedRetentionDays,
  tracing,
}: ConsumerParts): ConsumerDependencies {
  return {
    pool,
    watch,
    logger,
    loggableId: loggableTouchpointId,
    tracing: tracing?.records,
    deadLetterRetentionDays: rejectedRetentionDays,
    onPruned: (count) => summary.count('deadLettersPruned', count),
    onHalved: () => summary.count('batchesHalved'),
  };
}
