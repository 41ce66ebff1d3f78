/** What the routes of the rules ask of the write side. */
import type { Membership } from '@throughline/contracts';
import type { EvidenceWithdrawal } from '../../core/evidence-withdrawal.ts';
import type { Policy } from '../../core/policy.ts';
import type { DecidedBy } from '../../db/save-decision.ts';

export interface RulesMaking {
  note: string;
  by: DecidedBy;
  /** Put in force as soon as it is evaluated. */
  activate: boolean;
}

/** Of the version in work, as they would be published; null for more than metrics is asked about. */
export type ChangedMemberships = Membership[] | null;

export interface RulesMaker {
  /** Returns the version. */
  makePolicy(policy: Policy, making: RulesMaking): Promise<number>;
  /** Returns the id. */
  makeWithdrawal(selected: Omit<EvidenceWithdrawal, 'id'>, making: RulesMaking): Promise<string>;
  undoWithdrawal(id: string, making: RulesMaking): Promise<void>;
  activate(version: number): Promise<void>;
  discard(version: number): Promise<void>;
  changedMemberships(version: number): Promise<ChangedMemberships>;
}
