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

/** What was loaded so far. */
export class LoadedHistory {
  readonly #counts = new Map<string, KnownDays<number>>();
  readonly #marks = new Map<string, KnownDays<StageMark>>();
  readonly #remaining = new Map<string, StageMark | null>();

  isEmpty(): boolean {
    return this.#counts.size === 0 && this.#marks.size === 0 && this.#remaining.size === 0;
  }

  learnCounts(
    { identifier, part, activity }: HistoryNeed,
    span: { from: number; to: number },
    values: readonly (readonly [day: number, count: number])[],
  ): void {
    learn(this.#counts, `${identifier} ${part} ${activity}`, span, values);
  }

  learnMarks(
    { identifier, part }: HistoryNeed,
    span: { from: number; to: number },
    values: readonly (readonly [day: number, mark: StageMark])[],
  ): void {
    learn(this.#marks, `${identifier} ${part}`, span, values);
  }

  learnRemaining({ identifier, day }: MarkLookup, mark: StageMark | null): void {
    this.#remaining.set(`${identifier} ${day}`, mark);
  }

  counts(identifier: string, part: HistoryPartName, activity: string): KnownDays<number> | undefined {
    return this.#counts.get(`${identifier} ${part} ${activity}`);
  }

  marks(identifier: string, part: HistoryPartName): KnownDays<StageMark> | undefined {
    return this.#marks.get(`${identifier} ${part}`);
  }

  /** Undefined when it was not looked up. */
  remaining({ identifier, day }: MarkLookup): StageMark | null | undefined {
    return this.#remaining.get(`${identifier} ${day}`);
  }
}

function learn<T>(
  loaded: Map<string, KnownDays<T>>,
  name: string,
  { from, to }: { from: number; to: number },
  values: readonly (readonly [day: number, value: T])[],
): void {
  let known = loaded.get(name);
  if (known === undefined) loaded.set(name, (known = new KnownDays()));
  known.learn(from, to, values);
}
