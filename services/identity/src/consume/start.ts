/** Starts what identity does in the background: the consumers, the outbox relay and the rechecks. */
import { consumerGroups, topics } from '@throughline/contracts';
import {
  type ConsumerWatch,
  createMutex,
  type EventLog,
  loadConsumerPosition,
  type PartitionBatch,
  startOutboxRelay,
  type Subscription,
} from '@throughline/event-log';
import { type Logger, loggableTouchpointId, type Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { defaultLimits } from '../core/identifier-state.ts';
import { claimDeployment } from '../db/deployment.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import type { DecodedTouchpoint } from './decode-touchpoint.ts';
import { captureUnsettled } from './capture-unsettled.ts';
import type { IdentityContext } from './identity-context.ts';
import { keepRejections } from './keep-rejections.ts';
import { resolveIsolating } from './isolate-unusable.ts';
import type { BatchOutcome } from './resolve-batch.ts';
import { startRecheckLoop } from './recheck-loop.ts';

export interface IdentityDependencies {
  pool: Pool;
  log: EventLog;
  /** What the consumers subscribe through. */
  watch: Pick<ConsumerWatch, 'subscribe'>;
  logger: Logger;
  summary: Summary;
  ids: IdentifierIds;
}

export interface RunningIdentity {
  context: IdentityContext;
  /** Latest receipt time that this process has resolved of each partition of `touchpoints.v1`. */
  progress(): ReadonlyMap<number, string>;
  stop(): Promise<void>;
}

/** Touchpoint ids a log line, so that a line stays readable. */
const idsPerLine = 100;

export async function startIdentity(dependencies: IdentityDependencies): Promise<RunningIdentity> {
  const { pool, log, watch, logger, summary, ids } = dependencies;
  await claimDeployment(pool, ids.fingerprint);
  const relay = startOutboxRelay({ pool, schema: 'identity', log, logger });
  const knownSources = new Set<string>();
  const context: IdentityContext = {
    ...dependencies,
    limits: defaultLimits,
    resolvedPartitions: await log.partitions(topics.resolved),
    knownSources,
    noteSources: (names) => {
      for (const name of names) knownSources.add(name);
    },
    nudge: () => relay.nudge(),
  };
  const rechecks = startRecheckLoop(context, logger);
  const runExclusive = createMutex();
  const processed = new Map<number, string>();
  const subscriptions = await Promise.all([
    subscribe(
      watch,
      context,
      { group: consumerGroups.identity, topic: topics.touchpoints, sends: true },
      async (batch) => {
        const started = performance.now();
        const outcomes = await runExclusive(() => resolveIsolating(context, batch));
        summary.timing('batch', performance.now() - started);
        relay.nudge();
        for (const outcome of outcomes) {
          if ((outcome.resolution?.rechecks.length ?? 0) > 0) rechecks.wake();
          report(logger, summary, batch, outcome);
          const latest = latestReceipt(outcome);
          if (latest !== undefined) processed.set(batch.partition, latest);
        }
      },
    ),
    subscribe(
      watch,
      context,
      { group: consumerGroups.identityRejections, topic: topics.rejected, sends: false },
      (batch) => keepRejections(context, batch),
    ),
  ]);
  return {
    context,
    progress: () => processed,
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      await rechecks.stop();
      await relay.stop();
    },
  };
}

function latestReceipt({ resolved, duplicates }: BatchOutcome): string | undefined {
  return [...resolved, ...duplicates]
    .map(({ incoming }) => incoming.receivedAt)
    .toSorted()
    .at(-1);
}

interface ConsumedTopic {
  group: string;
  topic: string;
  /** Whether its batches leave records in the outbox: who follows must not believe to be through before these are sent. */
  sends: boolean;
}

function subscribe(
  watch: Pick<ConsumerWatch, 'subscribe'>,
  { pool }: IdentityContext,
  { group, topic, sends }: ConsumedTopic,
  handle: (batch: PartitionBatch) => Promise<void>,
): Promise<Subscription> {
  return watch.subscribe({
    group,
    topics: [topic],
    loadPosition: (of, partition) => loadConsumerPosition(pool, { schema: 'identity', group }, of, partition),
    handle,
    captureOutboxTail: sends ? () => captureUnsettled(pool) : undefined,
  });
}

function report(logger: Logger, summary: Summary, batch: PartitionBatch, outcome: BatchOutcome): void {
  summary.count('resolved', outcome.resolved.length);
  summary.count('duplicates', outcome.duplicates.length);
  summary.count('conflicts', outcome.conflicts.length);
  summary.count('deadLetters', outcome.deadLetters);
  summary.count(
    'membershipChanges',
    outcome.resolution?.memberships.reduce((sum, { memberships }) => sum + memberships.length, 0) ?? 0,
    outcome.resolution?.cause ?? '',
  );
  summary.count('rechecks', outcome.resolution?.rechecks.length ?? 0);
  for (const { reason } of outcome.resolution?.refused ?? []) summary.count('refusedLinks', 1, reason);
  const { partition } = batch;
  logTouchpoints(logger, 'touchpoints.resolved', partition, outcome.resolved);
  logTouchpoints(logger, 'touchpoints.duplicate', partition, outcome.duplicates);
  logTouchpoints(logger, 'touchpoints.conflict', partition, outcome.conflicts);
}

function logTouchpoints(
  logger: Logger,
  event: string,
  partition: number,
  touchpoints: DecodedTouchpoint[],
): void {
  for (let start = 0; start < touchpoints.length; start += idsPerLine) {
    const page = touchpoints.slice(start, start + idsPerLine);
    logger.info({
      event,
      partition,
      touchpoints: page.map(({ incoming }) => loggableTouchpointId(incoming.id)),
    });
  }
}
