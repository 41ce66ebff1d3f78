/** What a decision, or its withdrawal, would move: identifiers and touchpoints, from profile to profile. */
import type { Membership, MembershipCause } from '@throughline/contracts';
import type { IdentifierState } from './identifier-state.ts';
import type { RefusedJoin } from './person-layer.ts';

/** Tells the decision that is tried from all others. */
export const triedDecisionId = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

/** A decision to try; of a withdrawal the sides of what would be withdrawn. */
export type TriedDecision =
  | { kind: 'merge' | 'split'; sides: string[][] }
  | { kind: 'withdrawal'; decision: string; sides: string[][] };

export interface PreviewedDecision {
  moves: PreviewedMove[];
  /** Joins that would be refused and are not now, the decision's own among them. */
  refused: RefusedJoin[];
  /** So much is attached to an identifier that moves that the rest would follow in pages; it is counted with it. */
  movesInPages: boolean;
  cause: MembershipCause;
  /** As they would be published. */
  memberships: Membership[];
}

/** Of what is attached to a root now. */
export interface AttachedCounts {
  identifiers: number;
  touchpoints: number;
}

export interface PreviewedMove extends AttachedCounts {
  /** Founding identifiers of the profiles before and after. */
  from: string;
  to: string;
}

export interface MovesInput {
  /** What the resolution changes; without new identifiers, which a decision does not make. */
  changed: readonly { state: IdentifierState; original: IdentifierState }[];
  /** Of roots that are among the changed. */
  attachedTo: ReadonlyMap<string, AttachedCounts>;
  /** Of the changed, and of what they are attached to afterwards. */
  profileNow: ReadonlyMap<string, string>;
}

/** Most touchpoints first. What is attached to an identifier goes with it, unless it is among the changed itself. */
export function decidePreviewedMoves({ changed, attachedTo, profileNow }: MovesInput): PreviewedMove[] {
  const states = new Map(changed.map(({ state }) => [state.id, state]));
  const leaving = countLeaving(changed);
  const moves = new Map<string, PreviewedMove>();
  for (const { state, original } of changed) {
    const { id, root } = state;
    const from = profileNow.get(id) ?? id;
    const to = states.get(root)?.profile ?? profileNow.get(root) ?? root;
    if (from === to) continue;
    const attached = attachedTo.get(id);
    const left = leaving.get(id);
    const move = moves.get(`${from} ${to}`) ?? { from, to, identifiers: 0, touchpoints: 0 };
    moves.set(`${from} ${to}`, {
      ...move,
      identifiers: move.identifiers + 1 + (attached?.identifiers ?? 0) - (left?.identifiers ?? 0),
      touchpoints:
        move.touchpoints + original.touchpointCount + (attached?.touchpoints ?? 0) - (left?.touchpoints ?? 0),
    });
  }
  return [...moves.values()].toSorted((left, right) => right.touchpoints - left.touchpoints);
}

/** By root: those that are attached to it now, and elsewhere afterwards. */
function countLeaving(changed: MovesInput['changed']): Map<string, AttachedCounts> {
  const leaving = new Map<string, AttachedCounts>();
  for (const { state, original } of changed) {
    if (original.root === state.root || original.root === state.id) continue;
    const sum = leaving.get(original.root) ?? { identifiers: 0, touchpoints: 0 };
    leaving.set(original.root, {
      identifiers: sum.identifiers + 1,
      touchpoints: sum.touchpoints + original.touchpointCount,
    });
  }
  return leaving;
}
