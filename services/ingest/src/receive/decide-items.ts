/** Decides the items of a request one by one: each becomes a record for the log and a part of the answer. */
import { hash, randomUUID } from 'node:crypto';
import { topics, type AcceptedTouchpoint, type RejectedItem, type Touchpoint } from '@throughline/contracts';
import type { OutgoingRecord, TrafficClass } from '@throughline/event-log';
import { shortWork, type LongWork } from '@throughline/runtime';
import { chargedPairs } from '../core/charged-pairs.ts';
import { isKeptApart } from '../core/pos/is-kept-apart.ts';
import { decideTouchpoint, rejectedBody, type Decision } from '../core/decide-touchpoint.ts';
import { mappedMark } from '../core/ingest-route.ts';
import { decideReceipt, type ReceiptContext } from '../core/pos/decide-receipt.ts';
import { rejectionOf, type Rejection } from '../core/rejection.ts';
import { repairText } from '../core/repair-text.ts';
import { writeAccepted } from '../core/write-accepted.ts';
import { parseLine } from './item-text.ts';
import {
  MalformedLine,
  UnparsedLine,
  type ReceivedAnswer,
  type ReceivedRequest,
  type RejectedAnswer,
} from './received-request.ts';
import type { Charged } from './sender-limits.ts';
import { receiptNumberRecord } from './receipt-number-record.ts';
import { verifyProof } from './verify-proof.ts';
import { storableText } from './storable-text.ts';

export interface DecidedItems {
  /** The accepted first: what is rejected must not delay them in the log. */
  records: readonly OutgoingRecord[];
  answer: ReceivedAnswer;
  acceptedIds: readonly string[];
  rejectionIds: readonly string[];
  /** What a public key is charged for: pairs of identifiers of what is accepted, and what is kept of the rest. */
  charged: Readonly<Record<Charged, number>>;
}

/** What is the same for all items of a request. */
export type SharedContext = Omit<ReceiptContext, 'fallbackId'> & { traffic: TrafficClass };

const fieldMaxLength = 500;

/** @throws AppError nesting_too_deep when an item could not even be kept among the rejects */
export async function decideItems(request: ReceivedRequest, shared: SharedContext): Promise<DecidedItems> {
  const { work = shortWork } = request;
  try {
    return await decideInSlices(request, shared, work);
  } finally {
    work.end();
  }
}

async function decideInSlices(
  request: ReceivedRequest,
  shared: SharedContext,
  work: LongWork,
): Promise<DecidedItems> {
  let exactItems: readonly unknown[] | null = null;
  const accepted: AcceptedItem[] = [];
  const rejected: RejectedRecord[] = [];
  const numbers: OutgoingRecord[] = [];
  for (const [index, sent] of request.items.entries()) {
    if (work.isDue()) await work.pause();
    const item = sent instanceof UnparsedLine ? parseLine(sent.text) : sent;
    const decision = decideOne(item, shared, request.rejectionId ?? randomUUID());
    if (shared.dialect === 'receipt') numbers.push(...receiptNumberRecord(decision, shared));
    if (decision.ok) {
      accepted.push(acceptedItem(decision, request, { index, item }, shared));
      continue;
    }
    const isInexact = decision.rejection.code === 'invalid_number';
    if (isInexact) exactItems ??= request.exactItems();
    const kept = rejectedBody(isInexact ? exactItems?.[index] : item, { ...shared, fallbackId: '' });
    rejected.push(
      rejectedRecord(request, { index, id: decision.id, rejection: decision.rejection, ...kept }),
    );
  }
  const refused = rejected.filter(({ answer }) => !isKeptApart(answer.code));
  const warned = accepted.filter(({ warnings }) => warnings.length > 0);
  return {
    records: [
      ...[...accepted, ...(request.rejectionId === undefined ? rejected : [])].map(({ record }) => record),
      ...numbers,
    ],
    answer: {
      accepted: accepted.length,
      keptApart: rejected.length - refused.length,
      rejected: refused.map(({ answer }) => answer),
      warnings: warned.map(({ index, id, warnings }) => ({ index, id, codes: [...warnings] })),
    },
    acceptedIds: accepted.map(({ id }) => id),
    rejectionIds: rejected.map(({ rejectionId }) => rejectionId),
    charged: {
      pairs: accepted.reduce((sum, item) => sum + item.chargedPairs, 0),
      rejectedBytes: rejected.reduce((sum, { record }) => sum + record.value.length, 0),
    },
  };
}

function decideOne(item: unknown, shared: SharedContext, fallbackId: string): Decision {
  if (item instanceof MalformedLine) {
    return { ok: false, id: null, rejection: rejectionOf('malformed_line', '', 'one JSON object a line') };
  }
  const context = { ...shared, fallbackId };
  return shared.dialect === 'receipt' ? decideReceipt(item, context) : decideTouchpoint(item, context);
}

interface AcceptedItem {
  index: number;
  id: string;
  warnings: readonly string[];
  chargedPairs: number;
  record: OutgoingRecord;
}

function acceptedItem(
  { touchpoint: decided, canonicalBody, members = [] }: Extract<Decision, { ok: true }>,
  { trust, requestId }: ReceivedRequest,
  { index, item }: { index: number; item: unknown },
  { settings, traffic }: SharedContext,
): AcceptedItem {
  const proof = trust === 'public' ? verifyProof(item, decided, settings) : null;
  const touchpoint = proof?.isInvalid === true ? withWarning(decided, 'proof_ignored') : decided;
  const verifiedIdentifiers =
    proof === null || proof.verified.length === 0 ? {} : { verifiedIdentifiers: proof.verified };
  const bodyHash = hash('sha256', canonicalBody, 'base64url');
  const value: AcceptedTouchpoint = { touchpoint, trust, ...verifiedIdentifiers, bodyHash, requestId };
  const strongest = touchpoint.identifiers[0] as { type: string; value: string };
  return {
    index,
    id: touchpoint.id,
    warnings: touchpoint.warnings ?? [],
    chargedPairs: chargedPairs(touchpoint.identifiers.length),
    record: {
      topic: topics.touchpoints,
      key: `${strongest.type}:${strongest.value}`,
      value: writeAccepted(value, canonicalBody, members),
      traffic,
    },
  };
}

function withWarning(touchpoint: Touchpoint, warning: string): Touchpoint {
  return { ...touchpoint, warnings: [...(touchpoint.warnings ?? []), warning] };
}

interface RejectedRecord {
  rejectionId: string;
  answer: RejectedAnswer;
  record: OutgoingRecord;
}

interface RejectedPart {
  index: number;
  id: string | null;
  rejection: Rejection;
  body: unknown;
  /** The body is in our form, not in that of the route. */
  isMapped: boolean;
}

function rejectedRecord(
  request: ReceivedRequest,
  { index, id, rejection, body, isMapped }: RejectedPart,
): RejectedRecord {
  const rejectionId = randomUUID();
  const { code, message, expected } = rejection;
  const field = repairText(rejection.field).slice(0, fieldMaxLength);
  const value: RejectedItem = {
    rejectionId,
    receivedAt: new Date(request.receivedAtMs).toISOString(),
    source: request.source,
    trust: request.trust,
    requestId: request.requestId,
    route: isMapped ? request.route.path + mappedMark : request.route.path,
    index,
    id,
    code,
    field,
    message,
    ...bodyOf(body),
  };
  return {
    rejectionId,
    answer: { index, id, code, field, message, expected },
    record: { topic: topics.rejected, key: rejectionId, value: JSON.stringify(value) },
  };
}

function bodyOf(body: unknown): Pick<RejectedItem, 'body' | 'bodyEncoding'> {
  if (!(body instanceof MalformedLine)) return { body: storableText(body), bodyEncoding: 'json' };
  return { body: Buffer.from(body.text, 'utf8').toString('base64'), bodyEncoding: 'base64' };
}
