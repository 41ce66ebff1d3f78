/** The identifiers whose own marks may leave the place where they are attached: those that change their root, or lose facts. */
import type { FactChange } from './fact-effects.ts';
import type { MembershipUpdate } from './memberships.ts';

export function separateIdentifiers(
  updates: readonly MembershipUpdate[],
  changes: readonly FactChange[],
): ReadonlySet<string> {
  return new Set([
    ...updates.map(({ identifier }) => identifier),
    ...changes.flatMap(({ fact, movedFrom }) =>
      movedFrom === null || fact.stage === null ? [] : [movedFrom],
    ),
  ]);
}
