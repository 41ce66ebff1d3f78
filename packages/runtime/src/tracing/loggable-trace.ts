/** The field of a log line by which it is found from a trace; none for what belongs to no trace. */
import { traceIdOf } from '@throughline/contracts';

export function loggableTrace(traceparent: string | undefined): { traceId?: string } {
  return traceparent === undefined ? {} : { traceId: traceIdOf(traceparent) };
}
