/** What a touchpoint of a profile counts for, as an answer that explains a figure says it. */
import type { FactContent } from './fact.ts';
import { placeFact, type FactPlacing } from './place-fact.ts';
import type { NumberedActivity } from './series.ts';

export interface CountingFact extends FactContent {
  /** Activities for which it is the record, or one of those, that counts its transaction. */
  countsTransactionOf: readonly string[];
  /** Whether it has a transaction's number, under which several records may count once. */
  hasNumber: boolean;
}

/** Whether the touchpoint is one of the occurrences of the activity that are counted. */
export function isOccurrence(placing: FactPlacing, fact: CountingFact, activity: NumberedActivity): boolean {
  if (!placeFact(placing, fact).activities.some(({ id }) => id === activity.id)) return false;
  return !activity.perTransaction || (fact.role === 'sale' && countsAsTransaction(fact, activity));
}

/** Whether its amounts are in the sales. */
export function isCountedSale(placing: FactPlacing, fact: CountingFact, purchase: NumberedActivity): boolean {
  if (fact.role !== 'sale' && fact.role !== 'refund') return false;
  if (!placeFact(placing, fact).activities.some(({ id }) => id === purchase.id)) return false;
  return countsAsTransaction(fact, purchase);
}

/** Without a number it is a transaction of its own. */
function countsAsTransaction(
  { hasNumber, countsTransactionOf }: CountingFact,
  { name }: NumberedActivity,
): boolean {
  return !hasNumber || countsTransactionOf.includes(name);
}
