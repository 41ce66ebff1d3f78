/** A request's items on their way to the log, and what their sender is answered. */
import type { Trust } from '@throughline/contracts';
import type { LongWork, RateLimitState } from '@throughline/runtime';
import type { IngestRoute } from '../core/ingest-route.ts';
import type { RequestSignals } from '../core/privacy/decide-privacy.ts';
import type { PublicSender } from './sender-limits.ts';

export interface ReceivedRequest {
  route: IngestRoute;
  requestId: string;
  /** Of the trace that its records continue. */
  traceparent?: string | undefined;
  source: string;
  trust: Trust;
  receivedAtMs: number;
  items: readonly unknown[];
  /** The items again with their numbers as sent; asked for only when a number cannot be kept. */
  exactItems: () => readonly unknown[];
  /** Pauses between items, and is ended when all are decided. */
  work?: LongWork;
  /** Of a request with a public key: what its items are charged to, and what the answer says about its limits. */
  publicSender?: PublicSender & { onLimits: (states: readonly RateLimitState[]) => void };
  /** Of a request that comes from a person's browser or app. */
  signals?: RequestSignals;
  /**
   * Its item is in the rejected store, under this id: refused again, it is not stored twice. An item without an id of its own
   * takes this one, so that it counts once however often it is resubmitted.
   */
  rejectionId?: string;
}

/** A line of NDJSON, which is parsed when its turn comes: 2,500 at once would keep the event loop from all others. */
export class UnparsedLine {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
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
  /** Receipts that count nothing, such as those of training mode: kept among the rejects. */
  keptApart: number;
  rejected: RejectedAnswer[];
  warnings: { index: number; id: string; codes: string[] }[];
}
