/**
 * The histories of identifiers while a batch is applied: columns that are copies of what was loaded, what they need beyond
 * that, and in the end the rows that changed.
 */
import { addCount, DayColumn, type RequestDays } from './day-column.ts';
import { KnownDays } from './known-days.ts';
import type { IdentifierState, LoadedIdentifiers } from './loaded-identifiers.ts';
import type { HistoryNeed, HistoryPartName, LoadedHistory, MarkLookup } from './loaded-history.ts';
import type { HistoryPart } from './profile-history.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

export interface HistoryNeeds {
  days: HistoryNeed[];
  remaining: MarkLookup[];
}

export interface CountRow {
  identifier: string;
  isAttached: boolean;
  activity: string;
  day: number;
  /** 0 when the row goes. */
  count: number;
}

export interface MarkRow {
  identifier: string;
  day: number;
  /** Null when the row goes. */
  mark: StageMark | null;
}

export class WorkingHistory {
  readonly #loaded: LoadedHistory;
  readonly #identifiers: LoadedIdentifiers;
  /** By root, those whose own marks are left out of what was loaded as attached. */
  readonly #separate: ReadonlyMap<string, readonly IdentifierState[]>;
  readonly #counts = new Map<string, { row: Omit<CountRow, 'day' | 'count'>; column: DayColumn<number> }>();
  readonly #ownMarks = new Map<string, DayColumn<StageMark>>();
  readonly #attachedMarks = new Map<string, AttachedMarks>();
  readonly #needs = new Map<string, HistoryNeed>();
  readonly #lookups = new Map<string, MarkLookup>();

  /** @param identifiers as they were loaded: never changed by the batch */
  constructor(loaded: LoadedHistory, identifiers: LoadedIdentifiers, separate: ReadonlySet<string>) {
    this.#loaded = loaded;
    this.#identifiers = identifiers;
    const states = [...separate].flatMap((id) => identifiers.find(id) ?? []);
    this.#separate = Map.groupBy(
      states.filter((state) => state.root !== state.id),
      (state) => state.root,
    );
  }

  part(identifier: string, part: HistoryPartName): HistoryPart {
    return {
      counts: (activity) => this.counts(identifier, part, activity),
      marks: () => (part === 'own' ? this.ownMarks(identifier) : this.#attachedMarksOf(identifier).column),
    };
  }

  counts(identifier: string, part: HistoryPartName, activity: string): DayColumn<number> {
    const name = `${identifier} ${part} ${activity}`;
    const known = this.#counts.get(name);
    if (known !== undefined) return known.column;
    const days = this.#isEmpty(identifier, part)
      ? KnownDays.complete<number>()
      : (this.#loaded.counts(identifier, part, activity)?.clone() ?? new KnownDays<number>());
    const column = new DayColumn(days, this.#request(identifier, part, activity));
    this.#counts.set(name, { row: { identifier, isAttached: part === 'attached', activity }, column });
    return column;
  }

  ownMarks(identifier: string): DayColumn<StageMark> {
    let column = this.#ownMarks.get(identifier);
    if (column === undefined) {
      column = this.#loadedOwnMarks(identifier);
      this.#ownMarks.set(identifier, column);
    }
    return column;
  }

  #loadedOwnMarks(identifier: string): DayColumn<StageMark> {
    const days = this.#isEmpty(identifier, 'own')
      ? KnownDays.complete<StageMark>()
      : (this.#loaded.marks(identifier, 'own')?.clone() ?? new KnownDays<StageMark>());
    return new DayColumn(days, this.#request(identifier, 'own', null));
  }

  /** The mark that takes the place of one that left its identifier. */
  remainingMark(lookup: MarkLookup): StageMark | null {
    const mark = this.#loaded.remaining(lookup);
    if (mark === undefined) this.#lookups.set(`${lookup.identifier} ${lookup.day}`, lookup);
    return mark ?? null;
  }

  /** The latest mark of the day among those attached to the root, once the identifier's own is the given one. */
  attachedMark(root: string, identifier: string, day: number, mark: StageMark | null): StageMark | null {
    return this.#attachedMarksOf(root).put(identifier, day, mark);
  }

  /** Adds the identifier's own history, all of it, to what is attached to the root; or takes it away. */
  attach(root: string, identifier: string, activities: readonly string[], sign: 1 | -1): void {
    for (const activity of activities) {
      const entries = this.counts(identifier, 'own', activity).entries();
      const attached = this.counts(root, 'attached', activity);
      for (const [day, count] of entries) addCount(attached, day, sign * count);
    }
    const marks = this.#attachedMarksOf(root);
    for (const [day, mark] of this.ownMarks(identifier).entries()) {
      marks.column.set(day, marks.put(identifier, day, sign === 1 ? mark : null));
    }
  }

  needs(): HistoryNeeds {
    return { days: [...this.#needs.values()], remaining: [...this.#lookups.values()] };
  }

  /** The rows that were written, where they differ from what was loaded. */
  changedCounts(): CountRow[] {
    return [...this.#counts.values()].flatMap(({ row, column }) => {
      const loaded = this.#loaded.counts(row.identifier, row.isAttached ? 'attached' : 'own', row.activity);
      return [...column.written]
        .map((day) => ({ ...row, day, count: column.get(day) ?? 0 }))
        .filter(({ day, count }) => count !== (loaded?.get(day) ?? 0));
    });
  }

  changedMarks(): MarkRow[] {
    return [...this.#ownMarks].flatMap(([identifier, column]) =>
      [...column.written].map((day) => ({ identifier, day, mark: column.get(day) })),
    );
  }

  #isEmpty(identifier: string, part: HistoryPartName): boolean {
    const state = this.#identifiers.find(identifier);
    return state === undefined || !(part === 'own' ? state.hasOwn : state.hasAttached);
  }

  #attachedMarksOf(root: string): AttachedMarks {
    let marks = this.#attachedMarks.get(root);
    if (marks === undefined) {
      const days = this.#isEmpty(root, 'attached')
        ? KnownDays.complete<StageMark>()
        : (this.#loaded.marks(root, 'attached') ?? new KnownDays<StageMark>());
      marks = new AttachedMarks(days, this.#request(root, 'attached', null));
      this.#attachedMarks.set(root, marks);
      for (const { id } of this.#separate.get(root) ?? []) {
        // As they were loaded, whatever the batch has changed about them since.
        for (const [day, mark] of this.#loadedOwnMarks(id).entries())
          marks.column.set(day, marks.put(id, day, mark));
      }
    }
    return marks;
  }

  #request(identifier: string, part: HistoryPartName, activity: string | null): RequestDays {
    return (from, to) => {
      this.#needs.set(`${identifier} ${part} ${activity} ${from} ${to}`, {
        identifier,
        part,
        activity,
        from,
        to,
      });
    };
  }
}

/**
 * The latest mark of each day among the identifiers attached to a root. A maximum cannot be subtracted from, so the marks
 * of identifiers that may leave in this batch are held one by one beside the maximum of all others.
 */
class AttachedMarks {
  readonly column: DayColumn<StageMark>;
  readonly #others: DayColumn<StageMark>;
  readonly #byDay = new Map<number, Map<string, StageMark>>();

  constructor(others: KnownDays<StageMark>, request: RequestDays) {
    this.column = new DayColumn(others.clone(), request);
    this.#others = new DayColumn(others.clone(), request);
  }

  /** @returns the latest of the day from now on; the column is the caller's to set */
  put(identifier: string, day: number, mark: StageMark | null): StageMark | null {
    let held = this.#byDay.get(day);
    if (held === undefined) this.#byDay.set(day, (held = new Map()));
    if (mark === null) held.delete(identifier);
    else held.set(identifier, mark);
    let latest = this.#others.get(day);
    for (const one of held.values()) latest = laterMark(latest, one);
    return latest;
  }
}
