/** Makes, puts in force and discards versions of the rules: each call is one short transaction, and the loop does the work. */
import { randomUUID } from 'node:crypto';
import { AppError } from '@throughline/contracts';
import { inTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { EvidenceWithdrawal } from '../../core/evidence-withdrawal.ts';
import type { Policy } from '../../core/policy.ts';
import { clearWork } from '../../db/rules/backlog.ts';
import { lockRules } from '../../db/rules/rules-in-force.ts';
import {
  findRulesetInForce,
  insertRuleset,
  lockRuleset,
  markActivate,
  markState,
  type StoredRuleset,
} from '../../db/rules/rulesets.ts';
import { dropTables } from '../../db/rules/set-of-tables.ts';
import { findWithdrawal, insertWithdrawal, markUndone } from '../../db/rules/withdrawals.ts';
import type { IdentityContext } from '../identity-context.ts';

export interface Making {
  note: string;
  by: { key: string; author: string | null };
  /** Put in force as soon as it is evaluated. */
  activate: boolean;
}

/** Returns the version. @throws AppError rules_conflict */
export async function makePolicy(context: IdentityContext, policy: Policy, making: Making): Promise<number> {
  return await makeVersion(context, making, ({ withdrawals }) => ({ kind: 'policy', policy, withdrawals }));
}

/** Returns its id. @throws AppError rules_conflict */
export async function makeWithdrawal(
  context: IdentityContext,
  selected: Omit<EvidenceWithdrawal, 'id'>,
  making: Making,
): Promise<string> {
  const id = randomUUID();
  await makeVersion(
    context,
    making,
    ({ policy, withdrawals }) => ({ kind: 'withdrawal', policy, withdrawals: [...withdrawals, id] }),
    (client, ruleset) => insertWithdrawal(client, { ...selected, id }, { ...making, ruleset }),
  );
  return id;
}

/** As if it had never been made. @throws AppError rules_conflict */
export async function undoWithdrawal(context: IdentityContext, id: string, making: Making): Promise<void> {
  await makeVersion(
    context,
    making,
    ({ policy, withdrawals }) => ({
      kind: 'withdrawal',
      policy,
      withdrawals: withdrawals.filter((one) => one !== id),
    }),
    async (client, ruleset) => {
      const found = await findWithdrawal(client, id);
      if (found !== null) await markUndone(client, id, ruleset);
    },
  );
}

async function makeVersion(
  context: IdentityContext,
  { activate, note, by }: Making,
  contentOf: (inForce: StoredRuleset) => Pick<StoredRuleset, 'kind' | 'policy' | 'withdrawals'>,
  alsoWrite: (client: PoolClient, version: number) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  return await inTransaction(context.pool, async (client) => {
    // From here on every transaction that resolves anything notes it for this version.
    await lockRules(client);
    const inForce = await findRulesetInForce(client);
    const version = await insertRuleset(client, { ...contentOf(inForce), activate, note, by });
    if (version === null) {
      throw new AppError(
        'rules_conflict',
        'another version of the rules is in work: put it in force or discard it first',
      );
    }
    await alsoWrite(client, version);
    return version;
  });
}

/** Once it is evaluated. Again, it answers the same. @throws AppError policy_not_found, rules_conflict */
export async function activateRuleset(context: IdentityContext, version: number): Promise<void> {
  await inTransaction(context.pool, async (client) => {
    const { state } = await lockVersion(client, version);
    if (state === 'replaced' || state === 'discarded') {
      throw new AppError('rules_conflict', `version ${version} is ${state}: make it again`);
    }
    await markActivate(client, version);
  });
}

/** @throws AppError policy_not_found, rules_conflict */
export async function discardRuleset(context: IdentityContext, version: number): Promise<void> {
  await inTransaction(context.pool, async (client) => {
    const { state } = await lockVersion(client, version);
    if (state === 'discarded') return;
    if (state !== 'evaluating' && state !== 'evaluated') {
      throw new AppError('rules_conflict', `version ${version} has been put in force: make another one`);
    }
    await lockRules(client);
    await markState(client, version, 'discarded');
    await clearWork(client);
    await dropTables(client, 'draft');
  });
}

async function lockVersion(client: PoolClient, version: number): Promise<StoredRuleset> {
  const ruleset = await lockRuleset(client, version);
  if (ruleset === null) throw new AppError('policy_not_found', '');
  return ruleset;
}
