/** The rules in force, as this process knows them: read again by every transaction that finds another version in force. */
import type { Pool, PoolClient } from 'pg';
import type { NormalizeValue } from '../../core/normalization.ts';
import type { Policy } from '../../core/policy.ts';
import { createRules, type Rules } from '../../core/rules.ts';
import { findRulesInForce, type RulesInForce, shareRules } from '../../db/rules/rules-in-force.ts';
import { loadRules } from '../../db/rules/rulesets.ts';

export interface RulesSource {
  readonly current: Rules;
  /** First of all in a transaction that resolves anything: its rules stay in force until it ends. */
  enter(client: PoolClient): Promise<RulesInForce>;
}

export class CurrentRules implements RulesSource {
  current: Rules;
  readonly #normalize: NormalizeValue;

  /** @param policy until the database was asked */
  constructor(policy: Policy, normalize: NormalizeValue) {
    this.#normalize = normalize;
    this.current = createRules({ version: 0, policy, withdrawals: [] }, normalize);
  }

  async enter(client: PoolClient): Promise<RulesInForce> {
    const inForce = await shareRules(client);
    await this.#load(client, inForce.version);
    return inForce;
  }

  /** For questions, which may be a moment behind. */
  async refresh(client: Pool): Promise<void> {
    await this.#load(client, (await findRulesInForce(client)).version);
  }

  async #load(client: Pick<PoolClient, 'query'>, version: number): Promise<void> {
    if (version === this.current.version) return;
    this.current = createRules(await loadRules(client, version), this.#normalize);
  }
}
