/** What new and moved facts change about the histories of identifiers, transactions decided. */
import { type Change, isLate, late, onTime } from './cause.ts';
import { maxReasons } from './delta.ts';
import type { ReportingCalendar } from './calendar.ts';
import { activitiesOf, type Fact } from './fact.ts';
import type { StageMark } from './history.ts';
import type { SeriesCatalog } from './series.ts';
import { transactionName, winnerOf, winsOver, type TransactionWinner } from './transaction.ts';

export type FactEffect = { identifier: string; day: number; change: Change } & (
  { kind: 'count'; activity: string; amount: 1 | -1 } | { kind: 'mark' | 'unmark'; mark: StageMark }
);

/** A fact that is new, or that moved here from another identifier. */
export interface FactChange {
  fact: Fact;
  movedFrom: string | null;
}

export interface FactDecision {
  effects: FactEffect[];
  /** Transactions that have another winner, or whose winner moved. */
  winners: TransactionWinner[];
}

/** @param winners of the transactions that the facts name, by `transactionName`, before the batch */
export function decideFactEffects(
  catalog: SeriesCatalog,
  calendar: ReportingCalendar,
  changes: readonly FactChange[],
  winners: ReadonlyMap<string, TransactionWinner>,
): FactDecision {
  const effects: FactEffect[] = [];
  const decided = new Map<string, TransactionWinner>();

  function count(
    holder: { identifier: string; day: number },
    activity: string,
    amount: 1 | -1,
    change: Change,
  ) {
    const { identifier, day } = holder;
    effects.push({ kind: 'count', identifier, day, activity, amount, change });
  }

  function decideTransaction(activity: string, transaction: string, fact: Fact, change: Change) {
    const name = transactionName(activity, transaction);
    const holder = decided.get(name) ?? winners.get(name);
    const challenger = winnerOf(activity, transaction, fact);
    if (holder?.key === fact.key) {
      if (holder.identifier === fact.identifier) return;
    } else if (holder !== undefined && !winsOver(challenger, holder)) {
      return;
    }
    if (holder !== undefined) count(holder, activity, -1, change);
    count(challenger, activity, 1, change);
    decided.set(name, challenger);
  }

  const lateArrivals = changes.filter(({ fact, movedFrom }) => movedFrom === null && isLate(fact, calendar));
  const lateChanges = new Map<string, Change>();
  lateArrivals.forEach(({ fact }, index) => {
    // Of an import some are named as examples; naming each of thousands would book each apart, only to be summed again.
    lateChanges.set(fact.key, index < maxReasons ? { ...late, reason: fact.id } : late);
  });

  for (const { fact, movedFrom } of changes) {
    const change: Change =
      movedFrom === null
        ? (lateChanges.get(fact.key) ?? onTime)
        : { cause: fact.assignmentCause ?? 'shared_identifier', reason: fact.id };
    for (const { name, perTransaction } of activitiesOf(catalog, fact)) {
      if (perTransaction && fact.transaction !== null) {
        decideTransaction(name, fact.transaction, fact, change);
        continue;
      }
      if (movedFrom !== null) count({ identifier: movedFrom, day: fact.day }, name, -1, change);
      count(fact, name, 1, change);
    }
    if (fact.stage === null) continue;
    const { day, stage, at, source, id } = fact;
    const mark = { stage, at, source, id };
    if (movedFrom !== null) effects.push({ kind: 'unmark', identifier: movedFrom, day, mark, change });
    effects.push({ kind: 'mark', identifier: fact.identifier, day, mark, change });
  }
  return { effects, winners: [...decided.values()] };
}

/** `transactionName`s whose winner decides over the facts. */
export function transactionsOf(catalog: SeriesCatalog, facts: readonly Fact[]): TransactionReference[] {
  return facts.flatMap((fact) => {
    const { transaction } = fact;
    if (transaction === null) return [];
    return activitiesOf(catalog, fact)
      .filter(({ perTransaction }) => perTransaction)
      .map(({ name }) => ({ activity: name, transaction }));
  });
}

export interface TransactionReference {
  activity: string;
  transaction: string;
}
