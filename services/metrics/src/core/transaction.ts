/**
 * A transaction counts once, whoever reports it: of its facts that are occurrences of the activity, the one of highest
 * trust and then the earliest gives the identifier and the day.
 */
import type { Trust } from '@throughline/contracts';
import type { Fact } from './fact.ts';
import { compareMoments, type Moment } from './moment.ts';

export interface TransactionWinner extends Moment {
  activity: string;
  transaction: string;
  /** of the fact that won */
  key: string;
  identifier: string;
  trust: Trust;
  day: number;
}

export function transactionName(activity: string, transaction: string): string {
  return `${transaction} ${activity}`;
}

export function winnerOf(activity: string, transaction: string, fact: Fact): TransactionWinner {
  const { key, identifier, trust, day, at, source, id } = fact;
  return { activity, transaction, key, identifier, trust, day, at, source, id };
}

/** Whether `challenger` goes before `holder`. */
export function winsOver(challenger: TransactionWinner, holder: TransactionWinner): boolean {
  if (challenger.trust !== holder.trust) return challenger.trust === 'server';
  return compareMoments(challenger, holder) < 0;
}
