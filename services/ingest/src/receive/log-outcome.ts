/** The log lines by which a touchpoint is followed: one line for up to a hundred of them, not one for each. */
import { loggableTouchpointId, loggableTrace, type Logger } from '@throughline/runtime';
import type { ReceivedRequest, RejectedAnswer } from './received-request.ts';

const idsPerLine = 100;

type Origin = Pick<ReceivedRequest, 'requestId' | 'source' | 'route' | 'traceparent'>;

export function logAccepted(
  logger: Logger,
  { requestId, source, route, traceparent }: Origin,
  ids: readonly string[],
): void {
  if (ids.length === 0 || !logger.isLevelEnabled('info')) return;
  for (let start = 0; start < ids.length; start += idsPerLine) {
    const touchpoints = ids.slice(start, start + idsPerLine).map(loggableTouchpointId);
    logger.info(
      {
        event: 'touchpoints.accepted',
        requestId,
        ...loggableTrace(traceparent),
        source,
        route: route.path,
        touchpoints,
      },
      `${touchpoints.length} accepted`,
    );
  }
}

/** One line: what is not named in it is in the rejected store under the request's id, and a request may be nothing but rejects. */
export function logRejected(
  logger: Logger,
  { requestId, source, route, traceparent }: Origin,
  rejected: readonly RejectedAnswer[],
  rejectionIds: readonly string[],
): void {
  if (rejected.length === 0 || !logger.isLevelEnabled('info')) return;
  const codes: Record<string, number> = {};
  for (const { code } of rejected) codes[code] = (codes[code] ?? 0) + 1;
  logger.info(
    {
      event: 'touchpoints.rejected',
      requestId,
      ...loggableTrace(traceparent),
      source,
      route: route.path,
      touchpoints: rejected
        .slice(0, idsPerLine)
        .map(({ id }) => (id === null ? null : loggableTouchpointId(id))),
      rejections: rejectionIds.slice(0, idsPerLine),
      codes,
    },
    `${rejected.length} rejected`,
  );
}
