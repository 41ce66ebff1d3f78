/**
 * The way of a request's items: decide each, append all in one call, and only then acknowledge. What is accepted and what
 * is rejected goes to the log together, so an acknowledged item is in the one or in the other whatever happens next.
 */
import { hash, randomUUID } from 'node:crypto';
import {
  AppError,
  topics,
  type AcceptedTouchpoint,
  type RejectedItem,
  type Trust,
} from '@throughline/contracts';
import type { EventLog, OutgoingRecord } from '@throughline/event-log';
import { loggableError, type Logger, type Summary } from '@throughline/runtime';
import { decideTouchpoint, type Decision } from '../core/decide-touchpoint.ts';
import type { IngestRoute } from '../core/ingest-route.ts';
import { RequestRefusal, rejectionOf, type Rejection } from '../core/rejection.ts';
import { repairText } from '../core/repair-text.ts';
import { storableText } from './exact-json.ts';
import { logAccepted, logRejected } from './log-outcome.ts';

export interface ReceivedRequest {
  route: IngestRoute;
  requestId: string;
  source: string;
  trust: Trust;
  receivedAtMs: number;
  /** How deep the items lie in the body. */
  depth: number;
  items: readonly unknown[];
  /** The items again with their numbers as sent; asked for only when a number cannot be kept. */
  exactItems: () => readonly unknown[];
  /** Its item is in the rejected store already: refused again, it is not stored twice. */
  isStored?: true;
}

/** A line of NDJSON that is not JSON. */
export class MalformedLine {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface RejectedAnswer {
  index: number;
  id: string | null;
  code: string;
  field: string;
  message: string;
  expected: string;
}

export interface ReceivedAnswer {
  accepted: number;
  rejected: RejectedAnswer[];
  warnings: { index: number; id: string; codes: string[] }[];
}

export interface Receiver {
  /** @throws AppError log_unavailable: nothing was acknowledged; and the 400s that refuse a whole request */
  receive(request: ReceivedRequest): Promise<ReceivedAnswer>;
}

export interface ReceiverOptions {
  log: Pick<EventLog, 'append'>;
  logger: Logger;
  summary: Summary;
}

export function createReceiver({ log, logger, summary }: ReceiverOptions): Receiver {
  return {
    async receive(request) {
      const outcome = decideItems(request);
      const startedAt = performance.now();
      await appendAll(log, logger, summary, request, outcome.records);
      summary.timing('append', performance.now() - startedAt);
      count(summary, request.source, outcome);
      logAccepted(logger, request, outcome.acceptedIds);
      logRejected(logger, request, outcome.answer.rejected, outcome.rejectionIds);
      return outcome.answer;
    },
  };
}

interface Outcome {
  records: OutgoingRecord[];
  answer: ReceivedAnswer;
  acceptedIds: string[];
  rejectionIds: string[];
}

function decideItems(request: ReceivedRequest): Outcome {
  const outcome: Outcome = {
    records: [],
    answer: { accepted: 0, rejected: [], warnings: [] },
    acceptedIds: [],
    rejectionIds: [],
  };
  const rejects: OutgoingRecord[] = [];
  const receivedAt = new Date(request.receivedAtMs).toISOString();
  let exactItems: readonly unknown[] | null = null;
  for (const [index, item] of request.items.entries()) {
    const decision = decideOne(item, request, receivedAt);
    if (decision.ok) {
      addAccepted(outcome, decision, request, index);
      continue;
    }
    let body = item;
    if (decision.rejection.code === 'invalid_number') {
      exactItems ??= request.exactItems();
      body = exactItems[index];
    }
    rejects.push(addRejected(outcome, decision.id, decision.rejection, request, index, body));
  }
  if (request.isStored !== true) outcome.records.push(...rejects);
  return outcome;
}

function decideOne(item: unknown, request: ReceivedRequest, receivedAt: string): Decision {
  if (item instanceof MalformedLine) {
    return { ok: false, id: null, rejection: rejectionOf('malformed_line', '', 'one JSON object a line') };
  }
  try {
    return decideTouchpoint(item, {
      dialect: request.route.dialect,
      routeType: request.route.routeType,
      source: request.source,
      receivedAtMs: request.receivedAtMs,
      receivedAt,
      fallbackId: randomUUID(),
      depth: request.depth,
    });
  } catch (error) {
    if (error instanceof RequestRefusal) throw new AppError(error.code, '');
    throw error;
  }
}

function addAccepted(
  outcome: Outcome,
  { touchpoint, canonicalBody }: Extract<Decision, { ok: true }>,
  request: ReceivedRequest,
  index: number,
): void {
  const accepted: AcceptedTouchpoint = {
    touchpoint,
    trust: request.trust,
    bodyHash: hash('sha256', canonicalBody, 'base64url'),
    requestId: request.requestId,
  };
  const strongest = touchpoint.identifiers[0] as { type: string; value: string };
  outcome.records.push({
    topic: topics.touchpoints,
    key: `${strongest.type}:${strongest.value}`,
    value: JSON.stringify(accepted),
  });
  outcome.acceptedIds.push(touchpoint.id);
  outcome.answer.accepted += 1;
  if (touchpoint.warnings !== undefined) {
    outcome.answer.warnings.push({ index, id: touchpoint.id, codes: touchpoint.warnings });
  }
}

function addRejected(
  outcome: Outcome,
  id: string | null,
  rejection: Rejection,
  request: ReceivedRequest,
  index: number,
  body: unknown,
): OutgoingRecord {
  const rejectionId = randomUUID();
  const { code, message, expected } = rejection;
  const field = repairText(rejection.field).slice(0, 500);
  const isMalformed = body instanceof MalformedLine;
  const rejected: RejectedItem = {
    rejectionId,
    receivedAt: new Date(request.receivedAtMs).toISOString(),
    source: request.source,
    trust: request.trust,
    requestId: request.requestId,
    route: request.route.path,
    index,
    id,
    code,
    field,
    message,
    body: isMalformed ? Buffer.from(body.text, 'utf8').toString('base64') : storableText(body),
    bodyEncoding: isMalformed ? 'base64' : 'json',
  };
  outcome.rejectionIds.push(rejectionId);
  outcome.answer.rejected.push({ index, id, code, field, message, expected });
  return { topic: topics.rejected, key: rejectionId, value: JSON.stringify(rejected) };
}

async function appendAll(
  log: Pick<EventLog, 'append'>,
  logger: Logger,
  summary: Summary,
  request: ReceivedRequest,
  records: readonly OutgoingRecord[],
): Promise<void> {
  if (records.length === 0) return;
  try {
    await log.append(records);
  } catch (error) {
    summary.count('appendsFailed');
    logger.error(
      {
        event: 'log.append_failed',
        requestId: request.requestId,
        records: records.length,
        err: loggableError(error),
      },
      'the log did not take the records; nothing was acknowledged',
    );
    // The log's own refusals, such as `overloaded`, are for the client to hear.
    if (error instanceof AppError) throw error;
    throw new AppError('log_unavailable', 'nothing was accepted; repeat the request', { cause: error });
  }
}

function count(summary: Summary, source: string, { answer }: Outcome): void {
  summary.count('requests');
  summary.count('touchpointsAccepted', answer.accepted, source);
  for (const { code } of answer.rejected) summary.count('touchpointsRejected', 1, code);
  for (const { codes } of answer.warnings) for (const code of codes) summary.count('warnings', 1, code);
}
