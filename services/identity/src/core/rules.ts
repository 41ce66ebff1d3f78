/** The rules that profiles follow from: a version of the policy, and the evidence that is withdrawn. */
import type { IsBlockedIdentifier } from '@throughline/contracts';
import type { EvidenceWithdrawal } from './evidence-withdrawal.ts';
import type { ResolutionLimits } from './identifier-state.ts';
import type { NormalizeValue } from './normalization.ts';
import { blockedByPolicy, limitsOfPolicy, type Policy } from './policy.ts';

/** As it is stored. */
export interface Ruleset {
  version: number;
  policy: Policy;
  withdrawals: readonly EvidenceWithdrawal[];
}

export interface Rules extends Ruleset {
  limits: ResolutionLimits;
  isBlocked: IsBlockedIdentifier;
}

export function createRules(ruleset: Ruleset, normalize: NormalizeValue): Rules {
  return {
    ...ruleset,
    limits: limitsOfPolicy(ruleset.policy),
    isBlocked: blockedByPolicy(ruleset.policy, normalize),
  };
}
