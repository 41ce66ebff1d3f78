/** A fact as a record of the transaction that it names. */
import { activitiesOf, type Fact } from './fact.ts';
import type { SeriesCatalog } from './series.ts';
import type { TransactionRecord } from './transaction.ts';

/** What of a fact is needed for it. */
export type TransactionFact = Pick<
  Fact,
  | 'key'
  | 'identifier'
  | 'day'
  | 'role'
  | 'trust'
  | 'rankedAt'
  | 'source'
  | 'id'
  | 'type'
  | 'name'
  | 'channel'
  | 'stage'
  | 'sentiment'
  | 'properties'
>;

export function transactionRecordOf(
  catalog: SeriesCatalog,
  transaction: string,
  fact: TransactionFact,
): TransactionRecord {
  const { key, identifier, day, role, trust, rankedAt, source, id } = fact;
  const activities = activitiesOf(catalog, fact).flatMap(({ name, perTransaction }) =>
    perTransaction ? [name] : [],
  );
  return { key, transaction, identifier, day, role, trust, rankedAt, source, id, activities };
}
