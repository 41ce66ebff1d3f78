/** The rules that profiles follow from: a version of the policy, and the evidence that is withdrawn. */
import type { IsBlockedIdentifier } from '@throughline/contracts';
import type { EvidenceWithdrawal } from './evidence-withdrawal.ts';
import type { ResolutionLimits } from './identifier-state.ts';
import { createNormalize, type NormalizeIdentifier } from './normalization.ts';
import { blockedByPolicy, limitsOfPolicy, type Policy } from './policy.ts';

/** As it is stored. */
export interface Ruleset {
  version: number;
  policy: Policy;
  withdrawals: readonly EvidenceWithdrawal[];
}

/** What a value is called, and whether it names anybody. */
export interface NamingRules {
  normalize: NormalizeIdentifier;
  isBlocked: IsBlockedIdentifier;
}

export interface Rules extends Ruleset, NamingRules {
  limits: ResolutionLimits;
}

export function createRules(ruleset: Ruleset): Rules {
  const { normalization = { phoneRegion: null }, types } = ruleset.policy;
  const normalize = createNormalize({ ...normalization, types });
  return {
    ...ruleset,
    limits: limitsOfPolicy(ruleset.policy),
    normalize,
    isBlocked: blockedByPolicy(ruleset.policy, normalize),
  };
}

/** Whether two policies call every value the same. */
export function namesAlike(left: Policy, right: Policy): boolean {
  return textOf([left.normalization, left.types]) === textOf([right.normalization, right.types]);
}

/** … and judge it the same. */
export function judgesAlike(left: Policy, right: Policy): boolean {
  return namesAlike(left, right) && textOf(left.blocked) === textOf(right.blocked);
}

/** With names in one order: the database keeps them in another. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
