/** Starts what identity does in the background: the consumers, the outbox relay and the rechecks. */
import { hash } from 'node:crypto';
import { consumerGroups, topics, traceIdsOf } from '@throughline/contracts';
import {
  type Consumer,
  type ConsumerWatch,
  type EventLog,
  runConsumer,
  startOutbox,
} from '@throughline/event-log';
import { type Logger, loggableTouchpointId, type Summary, type Tracing } from '@throughline/runtime';
import { consumerDependencies } from '@throughline/runtime/service';
import type { Pool } from 'pg';
import type { EraseCopies } from '../ask-ingest.ts';
import { claimDeployment } from '../db/deployment.ts';
import type { Policy } from '../core/policy.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import { type DecodedTouchpoint, parseTouchpoint } from './decode-touchpoint.ts';
import { insertFirstRuleset } from '../db/rules/rulesets.ts';
import type { IdentityContext } from './identity-context.ts';
import type { CurrentRules } from './rules/current-rules.ts';
import { startRulesLoop } from './rules/rules-loop.ts';
import { journeyConsumer } from './journey-consumer.ts';
import { rejectionConsumer } from './rejection-consumer.ts';
import { type BatchOutcome, resolveBatch } from './resolve-batch.ts';
import { captureUnsettled } from './capture-unsettled.ts';
import { startProfileFeedLoop } from './profile-feed-loop.ts';
import { startPruneTimer } from './prune-timer.ts';
import { startErasureLoop } from './erasure-loop.ts';
import { startRecheckLoop } from './recheck-loop.ts';

export interface IdentityDependencies {
  pool: Pool;
  log: EventLog;
  /** What the consumers subscribe through. */
  watch: Pick<ConsumerWatch, 'subscribe' | 'countDeadLetter'>;
  logger: Logger;
  summary: Summary;
  ids: IdentifierIds;
  /** Days that rejections, conflicts and dead letters are kept. */
  rejectedRetentionDays: number;
  /** Names of the traits that figures may be grouped by. */
  publishedTraits: readonly string[];
  /** Which identifiers are blocked, as text: it may not change while the data live. */
  blockedDefinition: string;
  /** How values are normalized, as text: the same. */
  normalization: string;
  /** The policy that a database begins with. */
  firstPolicy: Policy;
  rules: CurrentRules;
  eraseCopies: EraseCopies;
  maxBatchRows?: number;
  tracing?: Tracing | undefined;
}

export interface RunningIdentity {
  context: IdentityContext;
  /** There may be a version of the rules to work on. */
  wakeRules(): void;
  /** Latest receipt time that this process has resolved of each partition of `touchpoints.v1`. */
  progress(): ReadonlyMap<number, string>;
  /** An erasure was written down. */
  wakeErasures(): void;
  stop(): Promise<void>;
}

/** Touchpoint ids a log line, so that a line stays readable. */
const idsPerLine = 100;

/**
 * Of identifiers in one transaction, and one for each touchpoint: pairs become links, and cost up to a quarter of a millisecond
 * each where all are new. Other partitions wait for a transaction's end, so it takes half a second at most of these.
 */
const maxTransactionPairs = 2_000;

/**
 * Each touchpoint of a batch may concern a component at its bound, which its own size does not show. A row that is read costs
 * up to 100 µs of both processes, its writing included. The loop halves a batch that concerns more.
 */
const defaultMaxBatchRows = 5_000;

export async function startIdentity(dependencies: IdentityDependencies): Promise<RunningIdentity> {
  const { pool, log, logger, summary, ids, rejectedRetentionDays: retentionDays } = dependencies;
  await claimDeployment(pool, {
    secret: ids.fingerprint,
    blocked: hash('sha256', dependencies.blockedDefinition, 'hex'),
    normalization: dependencies.normalization,
  });
  await insertFirstRuleset(pool, dependencies.firstPolicy);
  await dependencies.rules.refresh(pool);
  const outbox = startOutbox({ pool, schema: 'identity', log, logger });
  const knownSources = new Set<string>();
  const context: IdentityContext = {
    ...dependencies,
    maxBatchRows: dependencies.maxBatchRows ?? defaultMaxBatchRows,
    publishedTraits: new Set(dependencies.publishedTraits),
    resolvedPartitions: await log.partitions(topics.resolved),
    rejectedPartitions: await log.partitions(topics.rejected),
    profilesPartitions: await log.partitions(topics.profiles),
    knownSources,
    noteSources: (names) => {
      for (const name of names) knownSources.add(name);
    },
    outbox,
  };
  const rechecks = startRecheckLoop(context, logger);
  const feed = startProfileFeedLoop(context, logger);
  const rulesLoop = startRulesLoop(context, logger);
  const erasures = startErasureLoop(context, dependencies.eraseCopies, logger);
  const pruning = startPruneTimer({ pool, retentionDays, logger, summary });
  const processed = new Map<number, string>();
  const touchpointConsumer: Consumer<DecodedTouchpoint, BatchOutcome> = {
    schema: 'identity',
    group: consumerGroups.identity,
    topic: topics.touchpoints,
    dividedPartitions: await log.partitions(topics.touchpoints),
    captureTail: () => captureUnsettled(pool),
    maxWeight: maxTransactionPairs,
    parse: (record) => parseTouchpoint(record, ids, context.rules.current),
    handle: (batch) => resolveBatch(context, batch),
    report({ partitions, result, durationMs }) {
      summary.timing('batch', durationMs);
      outbox.nudge();
      if (result === null) return;
      if ((result.resolution?.rechecks.length ?? 0) > 0) rechecks.wake();
      report(logger, summary, result);
      for (const { partition, records } of partitions) processed.set(partition, latestReceipt(records));
    },
  };
  const parts = consumerDependencies(dependencies);
  const subscriptions = await Promise.all([
    runConsumer(touchpointConsumer, parts),
    runConsumer(rejectionConsumer, parts),
    runConsumer(journeyConsumer, parts),
  ]);
  return {
    context,
    wakeRules: () => rulesLoop.wake(),
    progress: () => processed,
    wakeErasures: () => erasures.wake(),
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      await rulesLoop.stop();
      await rechecks.stop();
      await feed.stop();
      await erasures.stop();
      await pruning.stop();
      await outbox.stop();
    },
  };
}

function latestReceipt(records: readonly DecodedTouchpoint[]): string {
  return records.reduce(
    (latest, { incoming: { receivedAt } }) => (receivedAt > latest ? receivedAt : latest),
    '',
  );
}

function report(logger: Logger, summary: Summary, outcome: BatchOutcome): void {
  summary.count('resolved', outcome.resolved.length);
  const now = Date.now();
  for (const { incoming } of outcome.resolved)
    summary.age('freshness', Math.max(0, now - Date.parse(incoming.receivedAt)));
  summary.count('duplicates', outcome.duplicates.length);
  summary.count('conflicts', outcome.conflicts.length);
  const { honoured, erased } = outcome;
  summary.count('touchpointsErased', honoured.dropped.length + erased.length);
  summary.count('touchpointsKeptOut', honoured.keptOut.length);
  summary.count(
    'membershipChanges',
    outcome.resolution?.memberships.reduce((sum, { memberships }) => sum + memberships.length, 0) ?? 0,
    outcome.resolution?.cause ?? '',
  );
  summary.count('rechecks', outcome.resolution?.rechecks.length ?? 0);
  summary.count('ambiguousTransactions', outcome.resolution?.ambiguous ?? 0);
  summary.count('pastBound', outcome.resolution?.bounded ?? 0);
  for (const { reason } of outcome.resolution?.refused ?? []) summary.count('refusedLinks', 1, reason);
  logTouchpoints(logger, 'touchpoints.resolved', outcome.resolved);
  logTouchpoints(logger, 'touchpoints.duplicate', outcome.duplicates);
  logTouchpoints(logger, 'touchpoints.conflict', outcome.conflicts);
}

function logTouchpoints(logger: Logger, event: string, touchpoints: DecodedTouchpoint[]): void {
  for (let start = 0; start < touchpoints.length; start += idsPerLine) {
    const page = touchpoints.slice(start, start + idsPerLine);
    const traceIds = traceIdsOf(page);
    logger.info({
      event,
      ...(traceIds.length === 0 ? {} : { traceIds }),
      touchpoints: page.map(({ incoming }) => loggableTouchpointId(incoming.id)),
    });
  }
}
