/** The identifiers whose own marks may leave the place where they are attached: those that change their root, or lose facts. */
import type { FactChange } from './fact-effects.ts';
import type { LoadedIdentifiers } from './loaded-identifiers.ts';
import type { MembershipUpdate } from './memberships.ts';

export function separateIdentifiers(
  updates: readonly MembershipUpdate[],
  changes: readonly FactChange[],
  identifiers: LoadedIdentifiers,
): ReadonlySet<string> {
  const separate = new Set<string>();
  for (const { identifier, version, root } of updates) {
    const state = identifiers.find(identifier);
    if (state !== undefined && version > state.version && root !== state.root) separate.add(identifier);
  }
  for (const { fact, movedFrom } of changes) {
    if (movedFrom !== null && fact.stage !== null) separate.add(movedFrom);
  }
  return separate;
}
