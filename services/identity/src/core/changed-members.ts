/**
 * Which identifiers a resolution names to the change feed: those whose profile has others in it than before, or is identified
 * otherwise. Counts and times are no change, and orders and receipts are not in the feed.
 */
import { isTransactionType } from '@throughline/contracts';
import {
  type IdentifierState,
  isIdentifying,
  mentionLevel,
  type ResolutionLimits,
} from './identifier-state.ts';

/** Of an identifier that left its profile, also what held it: the profile that this is in now has changed too. */
export function changedMembers(
  identifiers: readonly { state: IdentifierState; original: IdentifierState | null }[],
  limits: ResolutionLimits,
): string[] {
  const changed = new Set<string>();
  for (const { state, original } of identifiers) {
    if (isTransactionType(state.type)) continue;
    if (original === null || standsOtherwise(state, original, limits)) changed.add(state.id);
    if (original === null || (state.root === original.root && state.profile === original.profile)) continue;
    changed.add(state.id).add(original.root).add(original.profile);
  }
  return [...changed].toSorted();
}

/** Most changes leave alone what identifying depends on. */
function standsOtherwise(
  state: IdentifierState,
  original: IdentifierState,
  limits: ResolutionLimits,
): boolean {
  if ((state.firstSeenAt === null) !== (original.firstSeenAt === null)) return true;
  if (state.degrees === original.degrees && mentionLevel(state) === mentionLevel(original)) return false;
  return isIdentifying(state, limits) !== isIdentifying(original, limits);
}
