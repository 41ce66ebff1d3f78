/**
 * History by identifier and day: occurrences per activity, and the latest stage mark. Each identifier has two parts: its
 * own history, and what is attached to it: sums of occurrences, and the latest marks, of the identifiers whose root it is.
 * Loaded in pieces, around the days that a batch asks for.
 */
import type { DaySpan } from './day-column.ts';
import { KnownDays } from './known-days.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

export type HistoryPartName = 'own' | 'attached';

/** What a batch asks for: the days from the first to the last, with the nearest ones before and after. */
export interface HistoryNeed extends DaySpan {
  identifier: string;
  part: HistoryPartName;
  /** Null for stage marks. */
  activity: number | null;
}

/** Of the marks that the batch does not take away. */
export interface MarkLookup {
  identifier: string;
  day: number;
}

/** All rows of an identifier's history, the marks of what is attached to it one by one. */
export interface WholeHistory {
  identifier: string;
  counts: readonly { part: HistoryPartName; activity: number; day: number; count: number }[];
  marks: readonly { part: HistoryPartName; day: number; mark: StageMark }[];
}

interface IdentifierHistory {
  /** Whether an activity that is not among the columns is known to have no days. */
  isWhole: boolean;
  own: HistoryColumns;
  attached: HistoryColumns;
}

/** Not to be changed: columns begin with copies. */
const noDays = KnownDays.complete<never>();

interface HistoryColumns {
  counts: Map<number, KnownDays<number>>;
  marks: KnownDays<StageMark>;
}

/** What was loaded so far. */
export class LoadedHistory {
  readonly #identifiers = new Map<string, IdentifierHistory>();
  readonly #remaining = new Map<string, StageMark | null>();

  #hasPieces = false;

  /** Whether anything was loaded that was asked for, other than whole histories. */
  hasPieces(): boolean {
    return this.#hasPieces;
  }

  isWhole(identifier: string): boolean {
    return this.#identifiers.get(identifier)?.isWhole === true;
  }

  learnWhole({ identifier, counts, marks }: WholeHistory): void {
    const history = this.#open(identifier);
    history.isWhole = true;
    for (const { part, activity, day, count } of counts) {
      let known = history[part].counts.get(activity);
      if (known === undefined) history[part].counts.set(activity, (known = KnownDays.complete()));
      known.set(day, count);
    }
    history.own.marks = KnownDays.complete();
    history.attached.marks = KnownDays.complete();
    for (const { part, day, mark } of marks) {
      const known = history[part].marks;
      known.set(day, laterMark(known.get(day) ?? null, mark));
    }
  }

  learnCounts(
    { identifier, part, activity }: HistoryNeed,
    { from, to }: { from: number; to: number },
    values: readonly (readonly [day: number, count: number])[],
  ): void {
    this.#hasPieces = true;
    const { counts } = this.#open(identifier)[part];
    let known = counts.get(activity ?? -1);
    if (known === undefined) counts.set(activity ?? -1, (known = new KnownDays()));
    known.learn(from, to, values);
  }

  learnMarks(
    { identifier, part }: HistoryNeed,
    { from, to }: { from: number; to: number },
    values: readonly (readonly [day: number, mark: StageMark])[],
  ): void {
    this.#hasPieces = true;
    this.#open(identifier)[part].marks.learn(from, to, values);
  }

  learnRemaining({ identifier, day }: MarkLookup, mark: StageMark | null): void {
    this.#hasPieces = true;
    this.#remaining.set(`${identifier} ${day}`, mark);
  }

  counts(identifier: string, part: HistoryPartName, activity: number): KnownDays<number> | undefined {
    const history = this.#identifiers.get(identifier);
    return history?.[part].counts.get(activity) ?? (history?.isWhole === true ? noDays : undefined);
  }

  marks(identifier: string, part: HistoryPartName): KnownDays<StageMark> | undefined {
    return this.#identifiers.get(identifier)?.[part].marks;
  }

  /** Undefined when it was not looked up. */
  remaining({ identifier, day }: MarkLookup): StageMark | null | undefined {
    return this.#remaining.get(`${identifier} ${day}`);
  }

  #open(identifier: string): IdentifierHistory {
    let history = this.#identifiers.get(identifier);
    if (history === undefined) {
      const columns = (): HistoryColumns => ({ counts: new Map(), marks: new KnownDays() });
      this.#identifiers.set(identifier, (history = { isWhole: false, own: columns(), attached: columns() }));
    }
    return history;
  }
}
