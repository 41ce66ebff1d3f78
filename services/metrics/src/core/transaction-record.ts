/** A fact as a record of the transaction that it names. */
import { rankedAtOf, type FactContent } from './fact.ts';
import type { FactPlace } from './place-fact.ts';
import type { TransactionNumbers } from './transaction-numbers.ts';
import type { TransactionRecord } from './transaction.ts';

export function transactionRecordOf(
  transaction: string,
  fact: FactContent & { identifier: string; amends: string | null; numbers: TransactionNumbers },
  { day, activities }: FactPlace,
): TransactionRecord {
  const { key, identifier, role, trust, source, id, numbers, channel, amends } = fact;
  const counting = activities.flatMap(({ id: activity, perTransaction }) =>
    perTransaction ? [activity] : [],
  );
  const rankedAt = rankedAtOf(fact);
  return {
    key,
    transaction,
    amends: role === 'refund' ? amends : null,
    identifier,
    day,
    role,
    trust,
    rankedAt,
    source,
    id,
    numbers,
    channel,
    activities: counting,
  };
}
