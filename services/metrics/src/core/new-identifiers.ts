/**
 * Identifiers as a batch most likely leaves them, so that one that is created is mostly written once. What turns out
 * otherwise is saved once more.
 */
import type { BatchInput } from './batch-input.ts';
import { createIdentifierState, type IdentifierState } from './loaded-identifiers.ts';

export function newIdentifiers(
  { updates, changes }: Pick<BatchInput, 'updates' | 'changes'>,
  ids: readonly string[],
): IdentifierState[] {
  const states = new Map(ids.map((id) => [id, createIdentifierState(id)]));
  for (const { fact, erasedBy } of changes) {
    if (erasedBy !== null) continue;
    const state = states.get(fact.identifier);
    if (state !== undefined) state.hasOwn = true;
  }
  for (const { identifier, version, root, profile, identifying, ambiguous } of updates) {
    const state = states.get(identifier);
    if (state === undefined) continue;
    Object.assign(state, { version, root, profile, identifying, ambiguous });
    const above = root === identifier ? undefined : states.get(root);
    if (above === undefined) continue;
    if (state.hasOwn) above.hasAttached = true;
    if (identifying) above.attachedIdentifying += 1;
  }
  return [...states.values()];
}

export function isSameIdentifier(left: IdentifierState, right: IdentifierState): boolean {
  return (Object.keys(left) as (keyof IdentifierState)[]).every((name) => left[name] === right[name]);
}
