/**
 * The way of a request's items: decide each, append all in one call, and only then acknowledge. What is accepted and what
 * is rejected goes to the log together, so an acknowledged item is in the one or in the other whatever happens next.
 */
import { createHmac, hash } from 'node:crypto';
import { AppError, type IsBlockedIdentifier } from '@throughline/contracts';
import type { EventLog, OutgoingRecord, TrafficClass } from '@throughline/event-log';
import { loggableError, loggableTrace, type Logger, type Summary } from '@throughline/runtime';
import { LogOutage, type AppendOutcome } from '../core/log-outage.ts';
import { noSignals } from '../core/privacy/decide-privacy.ts';
import type { SourceDirectory } from '../core/source-directory.ts';
import { createAppendShares, type AppendShares } from './append-shares.ts';
import { createBotCheck } from './bot-check.ts';
import { createClassifyTraffic } from './classify-traffic.ts';
import { decideItems, type DecidedItems } from './decide-items.ts';
import { logAccepted, logRejected } from './log-outcome.ts';
import { createSenderLimits, type SenderLimitsPerMinute } from './sender-limits.ts';
import type { ReceivedAnswer, ReceivedRequest } from './received-request.ts';

export interface Receiver {
  /** @throws AppError log_unavailable, rate_limited: nothing was acknowledged; and the 400s that refuse a whole request */
  receive(request: ReceivedRequest): Promise<ReceivedAnswer>;
  /** What `receive` would answer, without anything else. @throws AppError the 400s that refuse a whole request */
  decide(request: ReceivedRequest): Promise<ReceivedAnswer>;
  /** To be called before a body is read. @throws AppError log_unavailable while the log is away */
  requireLog(): void;
}

export interface ReceiverOptions {
  log: Pick<EventLog, 'append'>;
  logger: Logger;
  summary: Summary;
  sources: SourceDirectory;
  /** IANA name: of registers whose zone nothing else says. */
  timeZone: string;
  isBlocked: IsBlockedIdentifier;
  senderLimits: SenderLimitsPerMinute;
}

/** As long as a client that repeats waits at least, so that a log that is back is found soon. */
const outageHoldMs = 1_000;
/** Longer than an append takes on a busy machine, and most clients wait. */
const outagePatienceMs = 10_000;

type Origin = Omit<ReceivedRequest, 'items' | 'exactItems'>;

export function createReceiver(options: ReceiverOptions): Receiver {
  const { logger, summary, sources, timeZone, isBlocked } = options;
  const senderLimits = createSenderLimits(options.senderLimits);
  const appendShares = createAppendShares();
  const outage = new LogOutage({ holdMs: outageHoldMs, patienceMs: outagePatienceMs });
  const isBot = createBotCheck();
  const classifyTraffic = createClassifyTraffic();

  async function decide(request: ReceivedRequest, traffic: TrafficClass): Promise<DecidedItems> {
    return await decideItems(request, {
      dialect: request.route.dialect,
      routeType: request.route.routeType,
      mapItem: request.route.mapItem,
      traffic,
      digest,
      keyedHash,
      isBot,
      signals: request.signals ?? noSignals,
      source: request.source,
      trust: request.trust,
      settings: sources.settingsOf(request.source),
      timeZone,
      isBlocked,
      receivedAtMs: request.receivedAtMs,
      receivedAt: new Date(request.receivedAtMs).toISOString(),
    });
  }

  async function deliver(origin: Origin, deciding: Promise<DecidedItems>): Promise<ReceivedAnswer> {
    const decided = await deciding;
    if (origin.publicSender) {
      const own = sources.settingsOf(origin.source).limits;
      const { states, refusal } = senderLimits.charge(origin.publicSender, decided.charged, {
        pairs: own?.pairsPerMinute,
        rejectedBytes: own?.rejectedBytesPerMinute,
      });
      origin.publicSender.onLimits(states);
      if (refusal !== null) throw refusal;
    }
    const startedAt = performance.now();
    await appendAll({ ...options, appendShares, outage }, origin, withTrace(decided.records, origin));
    summary.timing('append', performance.now() - startedAt);
    count(summary, origin.source, decided.answer);
    logAccepted(logger, origin, decided.acceptedIds);
    logRejected(logger, origin, decided.answer.rejected, decided.rejectionIds);
    return decided.answer;
  }

  return {
    requireLog() {
      if (!outage.isAway(performance.now())) return;
      summary.count('refusedUnread');
      throw new AppError('log_unavailable', 'nothing was accepted; repeat the request');
    },
    decide: async (request) => (await decide(request, 'bulk')).answer,
    // Not `async`: while the log is waited for, a function that waits would keep the items, several times the bytes of their body.
    receive({ items, exactItems, ...origin }) {
      const sender = { source: origin.source, address: origin.publicSender?.address };
      const traffic = classifyTraffic(sender, items.length);
      return deliver(origin, decide({ ...origin, items, exactItems }, traffic));
    },
  };
}

function withTrace(records: readonly OutgoingRecord[], { traceparent }: Origin): readonly OutgoingRecord[] {
  return traceparent === undefined ? records : records.map((record) => ({ ...record, traceparent }));
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}

function keyedHash(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

async function appendAll(
  {
    log,
    logger,
    summary,
    appendShares,
    outage,
  }: ReceiverOptions & {
    appendShares: AppendShares;
    outage: LogOutage;
  },
  request: Origin,
  records: readonly OutgoingRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const pending = outage.begin(performance.now());
  let outcome: AppendOutcome = 'failed';
  try {
    await appendShares.within(request.trust, records, () => log.append(records));
    outcome = 'written';
  } catch (error) {
    if (error instanceof AppError && error.code === 'overloaded') outcome = 'refused';
    summary.count('appendsFailed');
    logger.error(
      {
        event: 'log.append_failed',
        requestId: request.requestId,
        ...loggableTrace(request.traceparent),
        records: records.length,
        err: loggableError(error),
      },
      'the log did not take the records; nothing was acknowledged',
    );
    // Refusals of the log and of its shares, such as `overloaded`, reach the client.
    if (error instanceof AppError) throw error;
    throw new AppError('log_unavailable', 'nothing was accepted; repeat the request', { cause: error });
  } finally {
    outage.end(pending, outcome, performance.now());
  }
}

function count(summary: Summary, source: string, answer: ReceivedAnswer): void {
  summary.count('requests');
  summary.count('touchpointsAccepted', answer.accepted, source);
  if (answer.keptApart > 0) summary.count('receiptsKeptApart', answer.keptApart);
  for (const { code } of answer.rejected) summary.count('touchpointsRejected', 1, code);
  for (const { codes } of answer.warnings) for (const code of codes) summary.count('warnings', 1, code);
}
