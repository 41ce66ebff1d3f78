/**
 * Which identifiers a batch must hold locked: whatever is touched, the roots it hangs from before and after, and the
 * profiles of all these before and after. Whoever changes a part of a profile holds the row of the profile's founder, so
 * the other parts may be read without being locked.
 */
import type { FactEffect } from './fact-effects.ts';
import { isEmptyHistory } from './history.ts';
import type { MembershipUpdate } from './memberships.ts';
import type { IdentifierState, World } from './world.ts';

export interface RequiredIdentifiers {
  /** To be locked and loaded. */
  identifiers: Set<string>;
  /** Profiles that are folded: their other parts must be loaded. */
  profiles: Set<string>;
}

/**
 * From what is loaded so far; an identifier that is not loaded is taken as unknown to the database. To be asked again after
 * more was loaded, until nothing is missing.
 */
export function requiredIdentifiers(
  world: World,
  updates: readonly MembershipUpdate[],
  effects: readonly FactEffect[],
): RequiredIdentifiers {
  const required: RequiredIdentifiers = { identifiers: new Set(), profiles: new Set() };
  const newest = new Map(updates.map((update) => [update.identifier, update]));
  const withFacts = new Set(effects.map(({ identifier }) => identifier));

  function requireUnit(id: string): void {
    required.identifiers.add(id);
    const state = world.find(id);
    requireProfile(state?.profile ?? id);
    const update = newest.get(id);
    if (update !== undefined && update.version > (state?.version ?? -1)) requireProfile(update.profile);
  }

  function requireProfile(profile: string): void {
    required.identifiers.add(profile);
    required.profiles.add(profile);
  }

  for (const id of new Set([...newest.keys(), ...withFacts])) {
    const state = world.find(id);
    const update = newest.get(id);
    const isNews = update !== undefined && update.version > (state?.version ?? -1);
    required.identifiers.add(id);
    if (!withFacts.has(id) && (!isNews || showsNothing(state, update))) continue;
    requireUnit(id);
    requireUnit(state?.root ?? id);
    if (isNews) requireUnit(update.root);
  }
  return required;
}

/** An order number that was hung from its customer, say: no fact lies under it and it identifies nobody. */
function showsNothing(state: IdentifierState | undefined, update: MembershipUpdate): boolean {
  if (update.identifying) return false;
  if (state === undefined) return true;
  return (
    !state.identifying &&
    state.hungIdentifying === 0 &&
    isEmptyHistory(state.own) &&
    isEmptyHistory(state.hung)
  );
}
