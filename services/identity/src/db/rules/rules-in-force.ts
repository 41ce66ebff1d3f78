/**
 * Which rules are in force, and the lock that keeps two of them off one component: what resolves anything holds it shared to
 * the end of its transaction, and rules are put in force under it alone. So every transaction resolves by one version, and
 * after a switch by the new one.
 */
import { allOrCause } from '@throughline/postgres';
import type { PoolClient } from 'pg';

const lockKey = 'identity.rules';

export interface RulesInForce {
  version: number;
  /** Another version is in work beside the live state: what comes has to be noted for it. */
  isCaptured: boolean;
}

/** The lock first, in a statement of its own: the second one must see what was committed while the first one waited. */
export async function shareRules(client: PoolClient): Promise<RulesInForce> {
  const [, found] = await allOrCause([
    client.query({
      name: 'share-rules',
      text: 'select pg_advisory_xact_lock_shared(hashtextextended($1, 0))',
      values: [lockKey],
    }),
    findRulesInForce(client),
  ]);
  return found;
}

/** Waits until no transaction that resolves anything is left. */
export async function lockRules(client: PoolClient): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockKey]);
}

export async function findRulesInForce(client: Pick<PoolClient, 'query'>): Promise<RulesInForce> {
  const { rows } = await client.query<{ version: number; isCaptured: boolean }>({
    name: 'find-rules-in-force',
    text: `select version, exists (select from identity.ruleset where state in ('evaluating', 'evaluated')) as "isCaptured"
           from identity.ruleset where state in ('publishing', 'in_force')`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('no rules are in force');
  return row;
}

/** 1 while what a switch has changed is still being published. */
export async function countPublishing(client: Pick<PoolClient, 'query'>): Promise<number> {
  const { rowCount } = await client.query(`select from identity.ruleset where state = 'publishing'`);
  return rowCount ?? 0;
}
