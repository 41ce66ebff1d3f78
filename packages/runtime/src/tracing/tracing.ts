/** What a service records of traces. Without a collector there is none of it: trace contexts are passed on as they came. */
import type { RecordTracing } from '@throughline/event-log';

export interface AnsweredRequest {
  /** Pattern of the route; null where there is none. */
  route: string | null;
  status: number;
}

/** Of one HTTP request. */
export interface RequestTrace {
  /** The context of what follows from the request. */
  traceparent: string;
  end(answered: AnsweredRequest): void;
}

export interface Tracing {
  /** @param traceparent of the caller, valid */
  beginRequest(request: { method: string; id: string }, traceparent: string | undefined): RequestTrace;
  records: RecordTracing;
  /** Sends what has not been sent. */
  stop(): Promise<void>;
}
