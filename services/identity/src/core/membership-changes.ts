/**
 * What a resolution changes about the profiles that identifiers are in, in the terms of a history: an identifier is held by
 * the founder of its profile, an attached one by the root that it is attached to in the end.
 */
import { isPersonType, isTransactionType } from '@throughline/contracts';
import type { FindReason } from './change-reasons.ts';
import type { IdentifierState } from './identifier-state.ts';
import type { ResolutionGraph, WorkingIdentifier } from './resolution-graph.ts';

/** `renamed`: the profile has another founder, and no identifier joined or left. `moved`: from one profile to another. */
export type ChangeKind = 'joined' | 'parted' | 'moved' | 'renamed' | 'attached' | 'detached';

export interface MembershipChange {
  identifier: string;
  version: number;
  kind: ChangeKind;
  /** Null for a new identifier. */
  former: string | null;
  holder: string;
  /** Key of the touchpoint that brought it about, if one did. */
  touchpoint: string | null;
}

/** Orders and receipts that are new and attached at once are left out: each touchpoint of a shop brings one. */
export function membershipChanges(graph: ResolutionGraph, findReason: FindReason): MembershipChange[] {
  const changes: MembershipChange[] = [];
  for (const [identifier, working] of graph.identifiers) {
    const former = working.original === null ? null : holderOf(working.original);
    const holder = holderOf(working.state);
    if (holder === (former ?? identifier)) continue;
    if (former === null && isTransactionType(working.state.type)) continue;
    const touchpoint = findReason(identifier)?.key ?? null;
    const { version } = working.state;
    const kind = kindOf(graph, working, holder);
    changes.push({ identifier, version, kind, former, holder, touchpoint });
  }
  return changes;
}

function holderOf({ id, root, profile }: IdentifierState): string {
  return root === id ? profile : root;
}

function kindOf(graph: ResolutionGraph, { state, original }: WorkingIdentifier, holder: string): ChangeKind {
  const former = original === null ? state.id : holderOf(original);
  if (!isPersonType(state.type)) {
    if (holder === state.id) return 'detached';
    return former === state.id ? 'attached' : 'moved';
  }
  // Whether the new founder was in the old profile, and whether the old founder is in the new one.
  const holderWasThere = holder === state.id || graph.identifiers.get(holder)?.original?.profile === former;
  const formerIsHere = former === state.id || graph.identifiers.get(former)?.state.profile === holder;
  if (holderWasThere) return formerIsHere ? 'renamed' : 'parted';
  return formerIsHere ? 'joined' : 'moved';
}
