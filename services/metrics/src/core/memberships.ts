/** Which memberships of a batch are news: per identifier the newest version, with what brought it about. */
import type { Membership, ResolvedRecord, Trust } from '@throughline/contracts';
import type { Change } from './cause.ts';

export interface MembershipUpdate {
  identifier: string;
  version: number;
  root: string;
  /** Of a root, its cluster's founder; of others, the identifier itself. */
  profile: string;
  identifying: boolean;
  /** Of an order or receipt: the strongest level at which it met two identifiers of one person type. */
  ambiguous: Trust | null;
  change: Change;
  /** The record that brought it: memberships of one record change together. */
  record: number;
}

/**
 * The newest update per identifier, in the order of the records. A `membership.changed` knows its cause. A touchpoint that
 * overtakes it on another partition does not: an identifier that stops being identifying became shared, anything else is
 * taken for a merge, which is what touchpoints bring about.
 */
export function newestMemberships(records: readonly ResolvedRecord[]): MembershipUpdate[] {
  const newest = new Map<string, MembershipUpdate>();
  records.forEach((record, index) => {
    if (record.kind === 'profile.erased') return;
    const isChange = record.kind === 'membership.changed';
    for (const membership of record.memberships) {
      const current = newest.get(membership.identifier);
      if (current !== undefined && current.version > membership.version) continue;
      if (current !== undefined && current.version === membership.version && !isChange) continue;
      const change: Change = isChange
        ? { cause: record.cause, reason: record.reason }
        : { cause: membership.identifying ? 'merge' : 'shared_identifier', reason: record.touchpoint.id };
      newest.set(membership.identifier, { ...withProfile(membership), change, record: index });
    }
  });
  return [...newest.values()].sort((left, right) => left.record - right.record);
}

function withProfile({ identifier, version, root, profile, identifying, ambiguous }: Membership) {
  const ownProfile = root === identifier ? (profile ?? identifier) : identifier;
  return { identifier, version, root, profile: ownProfile, identifying, ambiguous: ambiguous ?? null };
}
