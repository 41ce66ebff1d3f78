/** What new and moved facts change about the histories of identifiers, except for what their transactions decide. */
import { amended, type Change, isLate, late, onTime } from './cause.ts';
import { maxReasons } from './delta.ts';
import type { ReportingCalendar } from './calendar.ts';
import type { Fact } from './fact.ts';
import { figureChannelOf } from './figure-channel.ts';
import { statementsOf, type StatedDimension } from './group-dimension.ts';
import { placeFact, type FactPlace, type FactPlacing } from './place-fact.ts';
import { salesPlaceOf, salesSumsOf, type SalesPlace, type SalesSums } from './sales-sums.ts';
import { scoreOf, type Score } from './score.ts';
import type { StageMark } from './stage-mark.ts';

export type FactEffect = { identifier: string; day: number; change: Change } & (
  | { kind: 'count'; activity: number; amount: 1 | -1 }
  | { kind: 'sales'; activity: number; amount: 1 | -1; place: SalesPlace; sums: SalesSums }
  | { kind: 'mark' | 'unmark'; mark: StageMark }
  /** Of no profile: moving it changes nothing. */
  | { kind: 'score'; score: Score; amount: 1 | -1 }
);

/** A fact that is new, that moved here from another identifier, or that an erasure takes away. */
export interface SavedFact {
  fact: Fact;
  /** Of one that is erased: where it was. */
  movedFrom: string | null;
  /** The erasure; null of every other fact. */
  erasedBy: string | null;
}

export interface FactChange extends SavedFact, FactPlace {
  /** About the groups of its profile. */
  statements: readonly StatedDimension[];
}

export interface FactDecision {
  /** What leaves an identifier goes first: so the next latest mark of a day is found among those that were there before. */
  effects: FactEffect[];
  /** The transactions that the facts name, and why what is counted of them may change. */
  transactions: Map<string, Change>;
  /** By identifier, why what is stated under it may change. */
  stated: Map<string, Change>;
}

export function placeFacts(placing: FactPlacing, saved: readonly SavedFact[]): FactChange[] {
  const { statedDimensions, purchase } = placing.catalog;
  return saved.map((one) => {
    const place = placeFact(placing, one.fact);
    if (statedDimensions.length === 0) return { ...one, ...place, statements: [] };
    const isSale = one.fact.role === 'sale' && place.activities.some(({ id }) => id === purchase);
    return { ...one, ...place, statements: statementsOf(statedDimensions, { ...one.fact, isSale }) };
  });
}

export function decideFactEffects(calendar: ReportingCalendar, changes: readonly FactChange[]): FactDecision {
  const leaving: FactEffect[] = [];
  const arriving: FactEffect[] = [];
  const transactions = new Map<string, Change>();
  const stated = new Map<string, Change>();
  const changeOf = createCauses(calendar, changes);
  let amendments = 0;
  const amendmentOf = ({ id }: Fact): Change =>
    ++amendments > maxReasons ? amended : { ...amended, reason: id };
  for (const placed of changes) {
    const { fact, movedFrom, erasedBy, day, stage, activities } = placed;
    const arrives = erasedBy === null;
    const change = changeOf(placed);
    const { identifier, at, source, id } = fact;
    if (placed.statements.length > 0) {
      for (const where of [identifier, movedFrom])
        if (where !== null && !stated.has(where)) stated.set(where, change);
    }
    const amendment = isAmendment(placed) ? amendmentOf(fact) : change;
    for (const [transaction, why] of [
      [fact.transaction, fact.role === 'void' || fact.role === 'cancellation' ? amendment : change],
      [amendedBy(fact), amendment],
    ] as const) {
      if (transaction !== null && !transactions.has(transaction)) transactions.set(transaction, why);
    }
    for (const { id: activity, perTransaction, exceptRefunded } of activities) {
      if (perTransaction && fact.transaction !== null) continue;
      if (!perTransaction || fact.role === 'sale') {
        const count = { kind: 'count', day, activity, change } as const;
        if (movedFrom !== null) leaving.push({ ...count, identifier: movedFrom, amount: -1 });
        if (arrives) arriving.push({ ...count, identifier, amount: 1 });
      }
      if (!perTransaction || exceptRefunded === true) continue;
      if (fact.role !== 'sale' && fact.role !== 'refund') continue;
      const place = salesPlaceOf(fact.numbers, fact);
      const sums = salesSumsOf(fact.role, fact.numbers);
      const sales = { kind: 'sales', day, activity, change, place, sums } as const;
      if (movedFrom !== null) leaving.push({ ...sales, identifier: movedFrom, amount: -1 });
      if (arrives) arriving.push({ ...sales, identifier, amount: 1 });
    }
    const score = arrives && movedFrom !== null ? null : scoreOf(fact);
    if (score !== null) {
      const answer = { kind: 'score', identifier, day, score, change } as const;
      if (arrives) arriving.push({ ...answer, amount: 1 });
      else leaving.push({ ...answer, amount: -1 });
    }
    if (stage === null) continue;
    const mark = { stage, at, source, id, channel: figureChannelOf(fact) };
    if (movedFrom !== null) leaving.push({ kind: 'unmark', identifier: movedFrom, day, mark, change });
    if (arrives) arriving.push({ kind: 'mark', identifier, day, mark, change });
  }
  return { effects: leaving.length === 0 ? arriving : [...leaving, ...arriving], transactions, stated };
}

/** Whether it is new, and takes back or gives back what another record counts. */
function isAmendment({ fact, movedFrom, erasedBy }: FactChange): boolean {
  return fact.role !== 'sale' && movedFrom === null && erasedBy === null;
}

/** Another transaction that it takes back or gives back. */
export function amendedBy({ role, amends }: Pick<Fact, 'role' | 'amends'>): string | null {
  return role === 'sale' ? null : amends;
}

/** Another transaction of which it is a record: one that a void or a cancellation says never was. A refund says that it was. */
export function undoneBy({ role, amends }: Pick<Fact, 'role' | 'amends'>): string | null {
  return role === 'void' || role === 'cancellation' ? amends : null;
}

function createCauses(
  calendar: ReportingCalendar,
  changes: readonly FactChange[],
): (change: FactChange) => Change {
  const isLateFact = ({ fact, day }: FactChange) => isLate({ day, receivedAt: fact.receivedAt }, calendar);
  // Of an import some are named as examples; naming each of thousands would book each apart, only to be summed again.
  const named = new Set<string>();
  const erasures = new Map<string, Change>();
  const erasureOf = (reason: string): Change => {
    const change = erasures.get(reason) ?? { cause: 'erasure', reason };
    erasures.set(reason, change);
    return change;
  };
  for (const change of changes) {
    if (named.size === maxReasons) break;
    if (change.movedFrom === null && isLateFact(change)) named.add(change.fact.key);
  }
  return (change) => {
    const { fact, movedFrom, erasedBy } = change;
    if (erasedBy !== null) return erasureOf(erasedBy);
    if (movedFrom !== null) return { cause: fact.assignmentCause ?? 'shared_identifier', reason: fact.id };
    if (!isLateFact(change)) return onTime;
    return named.has(fact.key) ? { ...late, reason: fact.id } : late;
  };
}
