/** The sums and the listed members of a profile, from its roots and what is attached to them. */
import { compareIdentifierTypes, type IdentifierType, compareText } from '@throughline/contracts';
import type { FoundMember, FoundRoot } from './find-profile-roots.ts';

export interface ProfileSums {
  /** Identifiers that are no transactions. */
  others: number;
  transactionCount: number;
  touchpointCount: number;
  firstSeenAt: string | null;
  lastSeenAt: string | null;
  identified: boolean;
}

export function sumRoots(roots: readonly FoundRoot[]): ProfileSums {
  const times = (of: (root: FoundRoot) => (string | null)[]): string[] =>
    roots
      .flatMap(of)
      .filter((time) => time !== null)
      .toSorted();
  const total = (of: (root: FoundRoot) => number): number => roots.reduce((sum, root) => sum + of(root), 0);
  return {
    others: total(
      (root) => root.carriers + (!isTransactionText(root.type) && root.first_seen_at !== null ? 1 : 0),
    ),
    transactionCount: total((root) => root.transactions + (isTransactionText(root.type) ? 1 : 0)),
    touchpointCount: total((root) => root.touchpoint_count + Number(root.attached_touchpoint_count)),
    firstSeenAt: times((root) => [root.first_touchpoint_at, root.attached_first_at])[0] ?? null,
    lastSeenAt: times((root) => [root.last_touchpoint_at, root.attached_last_at]).at(-1) ?? null,
    identified: roots.some((root) => root.is_identifying || root.identifying > 0),
  };
}

export function isTransactionText(type: string): boolean {
  return type.startsWith('order_id') || type.startsWith('receipt_id');
}

/** Roots come before attached ones where not all are listed. */
export function listMembers(
  roots: readonly FoundMember[],
  attached: readonly FoundMember[],
  limit: number,
): FoundMember[] {
  const seen = [...roots.toSorted(compareMembers), ...attached].filter(
    ({ first_seen_at }) => first_seen_at !== null,
  );
  return seen.slice(0, limit).toSorted(compareMembers);
}

function compareMembers(left: FoundMember, right: FoundMember): number {
  return (
    compareIdentifierTypes(left.type as IdentifierType, right.type as IdentifierType) ||
    compareText(left.first_seen_at ?? '', right.first_seen_at ?? '') ||
    compareText(left.id, right.id)
  );
}
