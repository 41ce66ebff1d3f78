/**
 * History by identifier and day: occurrences per activity, and the latest stage mark. Each identifier has two parts: its
 * own history, and what is attached to it: sums of occurrences, and the latest marks, of the identifiers whose root it is.
 * Loaded in pieces, around the days that a batch asks for.
 */
import type { DaySpan } from './day-column.ts';
import { KnownDays } from './known-days.ts';
import type { StageMark } from './stage-mark.ts';

export type HistoryPartName = 'own' | 'attached';

/** What a batch asks for: the days from the first to the last, with the nearest ones before and after. */
export interface HistoryNeed extends DaySpan {
  identifier: string;
  part: HistoryPartName;
  /** Null for stage marks. */
  activity: string | null;
}

/** Answers hold for the database as the batch leaves it. */
export interface MarkLookup {
  identifier: string;
  day: number;
}

interface IdentifierHistory {
  own: HistoryColumns;
  attached: HistoryColumns;
}

interface HistoryColumns {
  counts: Map<string, KnownDays<number>>;
  marks: KnownDays<StageMark>;
}

/** What was loaded so far. */
export class LoadedHistory {
  readonly #identifiers = new Map<string, IdentifierHistory>();
  readonly #remaining = new Map<string, StageMark | null>();

  isEmpty(): boolean {
    return this.#identifiers.size === 0 && this.#remaining.size === 0;
  }

  learnCounts(
    { identifier, part, activity }: HistoryNeed,
    { from, to }: { from: number; to: number },
    values: readonly (readonly [day: number, count: number])[],
  ): void {
    const { counts } = this.#open(identifier)[part];
    let known = counts.get(activity ?? '');
    if (known === undefined) counts.set(activity ?? '', (known = new KnownDays()));
    known.learn(from, to, values);
  }

  learnMarks(
    { identifier, part }: HistoryNeed,
    { from, to }: { from: number; to: number },
    values: readonly (readonly [day: number, mark: StageMark])[],
  ): void {
    this.#open(identifier)[part].marks.learn(from, to, values);
  }

  learnRemaining({ identifier, day }: MarkLookup, mark: StageMark | null): void {
    this.#remaining.set(`${identifier} ${day}`, mark);
  }

  counts(identifier: string, part: HistoryPartName, activity: string): KnownDays<number> | undefined {
    return this.#identifiers.get(identifier)?.[part].counts.get(activity);
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
      this.#identifiers.set(identifier, (history = { own: columns(), attached: columns() }));
    }
    return history;
  }
}
