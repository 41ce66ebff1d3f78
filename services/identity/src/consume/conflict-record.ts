/**
 * A conflict as a record of `rejected.v1`: the rejected store keeps it with both bodies, for operators to list. Its id is a
 * function of source, id and body, so a copy that comes again is the same conflict.
 */
import { type RejectedItem, type Touchpoint, topics } from '@throughline/contracts';
import { type OutboxRecord, partitionOfKey } from '@throughline/event-log';
import type { IdentifierIds } from '../identifier-id.ts';
import type { DecodedTouchpoint } from './decode-touchpoint.ts';

/** @param standing the touchpoint that came first */
export function conflictRecord(
  ids: IdentifierIds,
  { accepted }: DecodedTouchpoint,
  standing: Touchpoint,
  partitions: number,
): OutboxRecord {
  const { touchpoint, trust, bodyHash, requestId } = accepted;
  const item: RejectedItem = {
    rejectionId: ids.conflictId(touchpoint.source, touchpoint.id, bodyHash),
    receivedAt: touchpoint.receivedAt,
    source: touchpoint.source,
    trust,
    requestId,
    route: '',
    index: 0,
    id: touchpoint.id,
    code: 'conflicting_touchpoint',
    field: '',
    message: 'another touchpoint with this id and another body came first, and stands',
    body: JSON.stringify(touchpoint),
    bodyEncoding: 'json',
    standingBody: JSON.stringify(standing),
  };
  const value = JSON.stringify(item);
  return {
    topic: topics.rejected,
    key: item.rejectionId,
    partition: partitionOfKey(item.rejectionId, partitions),
    value: () => value,
  };
}
