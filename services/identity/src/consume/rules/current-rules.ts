/** The rules in force, as this process knows them: read again by every transaction that finds another version in force. */
import type { Pool, PoolClient } from 'pg';
import type { Policy } from '../../core/policy.ts';
import { createRules, judgesAlike, type Rules } from '../../core/rules.ts';
import { findRulesInForce, type RulesInForce, shareRules } from '../../db/rules/rules-in-force.ts';
import { findErasingVersions, loadRules } from '../../db/rules/rulesets.ts';

export interface RulesSource {
  readonly current: Rules;
  /** Versions that erasures judge by and that judge otherwise than the current one: none, as a rule. */
  readonly former: ReadonlyMap<number, Rules>;
  /** First of all in a transaction that resolves anything: its rules stay in force until it ends. */
  enter(client: PoolClient): Promise<RulesInForce>;
}

export class CurrentRules implements RulesSource {
  current: Rules;
  former: ReadonlyMap<number, Rules> = new Map();

  /** @param policy until the database was asked */
  constructor(policy: Policy) {
    this.current = createRules({ version: 0, policy, withdrawals: [] });
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
    const current = createRules(await loadRules(client, version));
    const former = new Map<number, Rules>();
    for (const erasing of await findErasingVersions(client)) {
      if (erasing === version) continue;
      const rules = createRules(await loadRules(client, erasing));
      if (!judgesAlike(rules.policy, current.policy)) former.set(erasing, rules);
    }
    this.current = current;
    this.former = former;
  }
}
