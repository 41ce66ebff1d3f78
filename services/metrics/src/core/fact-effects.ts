/** What new and moved facts change about the histories of identifiers, except for what their transactions decide. */
import { type Change, isLate, late, onTime } from './cause.ts';
import { maxReasons } from './delta.ts';
import type { ReportingCalendar } from './calendar.ts';
import { activitiesOf, type Fact } from './fact.ts';
import type { SeriesCatalog } from './series.ts';
import type { StageMark } from './stage-mark.ts';

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
  /** The transactions that the facts name, and why what is counted of them may change. */
  transactions: Map<string, Change>;
}

export function decideFactEffects(
  catalog: SeriesCatalog,
  calendar: ReportingCalendar,
  changes: readonly FactChange[],
): FactDecision {
  const effects: FactEffect[] = [];
  const transactions = new Map<string, Change>();
  const changeOf = createCauses(calendar, changes);
  for (const { fact, movedFrom } of changes) {
    const change = changeOf({ fact, movedFrom });
    const { identifier, day, stage, at, source, id } = fact;
    if (fact.transaction !== null && !transactions.has(fact.transaction))
      transactions.set(fact.transaction, change);
    for (const { name: activity, perTransaction } of activitiesOf(catalog, fact)) {
      if (perTransaction && (fact.transaction !== null || fact.role !== 'sale')) continue;
      const count = { kind: 'count', day, activity, change } as const;
      if (movedFrom !== null) effects.push({ ...count, identifier: movedFrom, amount: -1 });
      effects.push({ ...count, identifier, amount: 1 });
    }
    if (stage === null) continue;
    const mark = { stage, at, source, id };
    if (movedFrom !== null) effects.push({ kind: 'unmark', identifier: movedFrom, day, mark, change });
    effects.push({ kind: 'mark', identifier, day, mark, change });
  }
  return { effects, transactions };
}

function createCauses(
  calendar: ReportingCalendar,
  changes: readonly FactChange[],
): (change: FactChange) => Change {
  const lateArrivals = changes.filter(({ fact, movedFrom }) => movedFrom === null && isLate(fact, calendar));
  // Of an import some are named as examples; naming each of thousands would book each apart, only to be summed again.
  const named = new Set(lateArrivals.slice(0, maxReasons).map(({ fact }) => fact.key));
  return ({ fact, movedFrom }) => {
    if (movedFrom !== null) return { cause: fact.assignmentCause ?? 'shared_identifier', reason: fact.id };
    if (!isLate(fact, calendar)) return onTime;
    return named.has(fact.key) ? { ...late, reason: fact.id } : late;
  };
}
