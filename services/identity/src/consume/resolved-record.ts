/** The records of `resolved.v1`, as the outbox takes them. */
import {
  type AcceptedTouchpoint,
  type Membership,
  type MembershipCause,
  type ProfileErased,
  topics,
} from '@throughline/contracts';
import { type OutboxRecord, partitionOfTraffic, type TrafficClass } from '@throughline/event-log';
import { publishedContentOf } from '../core/published-content.ts';
import type { Assignment } from '../core/resolve.ts';
import { transactionOf } from './decode-touchpoint.ts';
import type { IdentityContext } from './identity-context.ts';

export interface ResolvedStream {
  /** Outbox shard of the writer. */
  shard: string;
  /** Partitions of `resolved.v1`. */
  partitions: number;
  /** Of what the records come from. */
  traffic: TrafficClass;
}

export function touchpointRecord(
  { ids, publishedTraits }: Pick<IdentityContext, 'ids' | 'publishedTraits'>,
  stream: ResolvedStream,
  accepted: Pick<AcceptedTouchpoint, 'touchpoint' | 'trust' | 'requestId'>,
  assignment: Assignment,
  cause: MembershipCause | null,
): OutboxRecord {
  const {
    identifiers: _identifiers,
    traits: _traits,
    context: _context,
    warnings: _warnings,
    amends,
    ...published
  } = accepted.touchpoint;
  const record = {
    kind: 'touchpoint.resolved',
    touchpoint: {
      ...published,
      key: assignment.key,
      trust: accepted.trust,
      ...publishedContentOf(accepted.touchpoint, publishedTraits),
    },
    identifier: assignment.primary,
    assignmentVersion: assignment.assignmentVersion,
    assignmentCause: cause,
    memberships: assignment.memberships,
    transaction: transactionOf(accepted.touchpoint, ids),
    amends: amends === undefined ? null : ids.identifierId(amends.type, amends.value),
    requestId: accepted.requestId,
  };
  return toOutbox(stream, assignment.primary, record);
}

/** Keyed by an identifier only to spread the load: memberships commute by their versions. */
export function membershipRecord(
  stream: ResolvedStream,
  memberships: readonly Membership[],
  cause: MembershipCause,
  reason: string,
): OutboxRecord {
  const key = memberships[0]?.identifier ?? '';
  const record = { kind: 'membership.changed', cause, reason, memberships };
  return toOutbox(stream, key, record);
}

/** Keyed by the erasure only to spread the load: what it names never counts again, whatever came first. */
export function erasedRecord(
  stream: ResolvedStream,
  erased: Pick<ProfileErased, 'erasure' | 'at' | 'touchpoints' | 'identifiers'>,
): OutboxRecord {
  return toOutbox(stream, erased.erasure, { kind: 'profile.erased', ...erased });
}

function toOutbox(stream: ResolvedStream, key: string, record: object): OutboxRecord {
  return {
    topic: topics.resolved,
    key,
    partition: partitionOfTraffic(key, stream.partitions, stream.traffic),
    value: (position) => JSON.stringify(position === null ? record : { ...record, ...position }),
  };
}
