/**
 * A day's latest stage is a maximum: when the touchpoint that holds it leaves, the next one is looked up among the facts.
 * Here is which lookups a batch needs, known before anything is applied, so that they are one query.
 */
import type { FactEffect } from './fact-effects.ts';
import type { StageMark } from './history.ts';
import { compareMoments } from './moment.ts';
import type { MembershipUpdate } from './memberships.ts';
import type { World } from './world.ts';

export interface StageLookup {
  /** Among the facts of the identifier itself, or of what hangs from it. */
  of: 'own' | 'hung';
  identifier: string;
  day: number;
}

/** Answers hold for the state after the batch: then whatever the order of steps, the last word is right. */
export interface RemainingStages {
  ownOf(identifier: string, day: number): StageMark | null;
  hungFrom(root: string, day: number): StageMark | null;
}

export function neededStageLookups(
  world: World,
  updates: readonly MembershipUpdate[],
  effects: readonly FactEffect[],
): StageLookup[] {
  const lookups = new Map<string, StageLookup>();
  const add = (lookup: StageLookup) => lookups.set(lookupName(lookup), lookup);
  const roots = new Map<string, string>();
  for (const update of updates) {
    const state = world.get(update.identifier);
    if (update.version <= state.version) continue;
    roots.set(update.identifier, update.root);
    if (state.root === state.id || state.root === update.root) continue;
    const from = world.find(state.root);
    for (const [day, mark] of state.own.stages) {
      const held = from?.hung.stages.get(day);
      if (held !== undefined && compareMoments(held, mark) === 0) {
        add({ of: 'hung', identifier: state.root, day });
      }
    }
  }
  for (const effect of effects) {
    if (effect.kind !== 'unmark') continue;
    const { identifier, day } = effect;
    add({ of: 'own', identifier, day });
    const root = roots.get(identifier) ?? world.get(identifier).root;
    if (root !== identifier) add({ of: 'hung', identifier: root, day });
  }
  return [...lookups.values()];
}

export function createRemainingStages(
  answers: readonly (StageLookup & { mark: StageMark })[],
): RemainingStages {
  const marks = new Map(answers.map((answer) => [lookupName(answer), answer.mark]));
  return {
    ownOf: (identifier, day) => marks.get(lookupName({ of: 'own', identifier, day })) ?? null,
    hungFrom: (identifier, day) => marks.get(lookupName({ of: 'hung', identifier, day })) ?? null,
  };
}

function lookupName({ of, identifier, day }: StageLookup): string {
  return `${of} ${identifier} ${day}`;
}
