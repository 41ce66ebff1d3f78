/**
 * Which identifiers a batch must hold locked: those that are touched, their roots before and after, and the profiles of all
 * these before and after. A process that changes a part of a profile holds the row of the profile's founder, so the other
 * parts may be read without being locked.
 */
import type { IdentifierState, LoadedIdentifiers } from './loaded-identifiers.ts';
import type { MembershipUpdate } from './memberships.ts';

export interface RequiredIdentifiers {
  /** To be locked and loaded. */
  identifiers: Set<string>;
  /** Profiles whose figures may change: their other parts must be loaded. */
  profiles: Set<string>;
}

/** What a batch touches. */
export interface TouchedIdentifiers {
  updates: readonly MembershipUpdate[];
  /** Those whose facts change, and those with records of transactions that are decided again. */
  withFacts: ReadonlySet<string>;
  /** Orders and receipts that are decided again: their rows are the locks on what is counted of them. */
  transactions: ReadonlySet<string>;
}

/**
 * From what is loaded so far; an identifier that is not loaded is taken as unknown to the database. To be asked again after
 * more was loaded, until nothing is missing.
 */
export function requiredIdentifiers(
  identifiers: LoadedIdentifiers,
  { updates, withFacts, transactions }: TouchedIdentifiers,
): RequiredIdentifiers {
  const required: RequiredIdentifiers = { identifiers: new Set(transactions), profiles: new Set() };
  const newest = new Map(updates.map((update) => [update.identifier, update]));

  function requireUnit(id: string): void {
    required.identifiers.add(id);
    const state = identifiers.find(id);
    requireProfile(state?.profile ?? id);
    const update = newest.get(id);
    if (update !== undefined && update.version > (state?.version ?? -1)) requireProfile(update.profile);
  }

  function requireProfile(profile: string): void {
    required.identifiers.add(profile);
    required.profiles.add(profile);
  }

  for (const id of new Set([...newest.keys(), ...withFacts])) {
    const state = identifiers.find(id);
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

/** An order number that was attached to its customer, say: no fact lies under it and it identifies nothing. */
function showsNothing(state: IdentifierState | undefined, update: MembershipUpdate): boolean {
  if (update.identifying) return false;
  if (state === undefined) return true;
  return !state.identifying && state.attachedIdentifying === 0 && !state.hasOwn && !state.hasAttached;
}
