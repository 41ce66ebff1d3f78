/** Withdrawals of a link select its ends by what the rules call them. */
import type { PoolClient } from 'pg';
import type { EvidenceWithdrawal } from '../../core/evidence-withdrawal.ts';
import type { NamingRules } from '../../core/rules.ts';
import { findMadeLinks } from '../../db/rules/withdrawals.ts';
import type { IdentifierIds } from '../../identifier-id.ts';
import { renamedIds } from './rename-identifiers.ts';

export async function renameWithdrawals(
  client: PoolClient,
  naming: { ids: IdentifierIds; rules: NamingRules },
  { withdrawals }: { withdrawals: readonly EvidenceWithdrawal[] },
): Promise<EvidenceWithdrawal[]> {
  const made = await findMadeLinks(
    client,
    withdrawals.map(({ id }) => id),
  );
  const renamed = await renamedIds(client, naming, [...made.values()].flat());
  return withdrawals.map((one) => {
    const link = made.get(one.id);
    if (link === undefined) return one;
    const [left, right] = link;
    return { ...one, link: [renamed.get(left) ?? left, renamed.get(right) ?? right] };
  });
}
