/**
 * What becomes of an identifier's membership when other rules are in force. Its state was computed beside the live one, and the
 * stream of resolved records knows only the former: the version has to rise above both, and what differs is published.
 */
import type { Membership } from '@throughline/contracts';
import { type IdentifierState, newIdentifier, type ResolutionLimits } from './identifier-state.ts';
import { membershipOfState, nextVersion } from './publication.ts';

export interface SwitchedIdentifier {
  /** With its version, and whether the stream knows it. */
  state: IdentifierState;
  /** Null where nothing is published. */
  membership: Membership | null;
  /** What held it, and holds it now, where that differs. */
  change: { former: string; holder: string } | null;
}

export interface RuleSides {
  /** Null where only the new rules have the identifier. */
  former: IdentifierState | null;
  current: IdentifierState;
  /** In force before, and now. */
  limits: { former: ResolutionLimits; current: ResolutionLimits };
  /** Microseconds since 1970. */
  clock: number;
}

export function switchIdentifier({ former, current, limits, clock }: RuleSides): SwitchedIdentifier {
  const before = former ?? newIdentifier(current.id, current.type, current.blocked);
  const isSame = sameMembership(
    membershipOfState(before, limits.former),
    membershipOfState(current, limits.current),
  );
  const isKnown = before.published;
  const published = before.published || current.published;
  const highest = Math.max(before.version, current.version);
  const version = isSame ? highest : nextVersion(highest, clock);
  const state = { ...current, version, published };
  const isTold = published && (!isSame || !isKnown);
  const [was, is] = [holderOf(before), holderOf(current)];
  return {
    state,
    membership: isTold ? membershipOfState(state, limits.current) : null,
    change: was === is ? null : { former: was, holder: is },
  };
}

function holderOf({ id, root, profile }: IdentifierState): string {
  return root === id ? profile : root;
}

function sameMembership(left: Membership, right: Membership): boolean {
  return (
    left.root === right.root &&
    left.profile === right.profile &&
    left.identifying === right.identifying &&
    left.ambiguous === right.ambiguous
  );
}
