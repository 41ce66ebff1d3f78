/**
 * The histories of identifiers while a batch is applied: columns that are copies of what was loaded, what they need beyond
 * that, and in the end the rows that changed.
 */
import { AttachedMarks } from './attached-marks.ts';
import { addCount, DayColumn } from './day-column.ts';
import { KnownDays } from './known-days.ts';
import type { IdentifierState, LoadedIdentifiers } from './loaded-identifiers.ts';
import type { HistoryNeed, HistoryPartName, LoadedHistory, MarkLookup } from './loaded-history.ts';
import type { HistoryPart } from './profile-history.ts';
import type { StageMark } from './stage-mark.ts';

export interface HistoryNeeds {
  days: HistoryNeed[];
  remaining: MarkLookup[];
}

export interface CountRow {
  identifier: string;
  isAttached: boolean;
  activity: number;
  day: number;
  /** 0 when the row goes. */
  count: number;
  /** Whether there is no row yet. */
  isNew: boolean;
}

export class WorkingHistory {
  readonly #loaded: LoadedHistory;
  readonly #identifiers: LoadedIdentifiers;
  /** By root, those whose own marks are left out of what was loaded as attached. */
  readonly #separate: ReadonlyMap<string, readonly IdentifierState[]>;
  readonly #own = new Map<string, Columns>();
  readonly #attached = new Map<string, Columns>();
  readonly #ownMarks = new Map<string, DayColumn<StageMark>>();
  readonly #attachedMarks = new Map<string, AttachedMarks>();
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

  /** Whether there is a history that was not loaded as a whole. */
  isLong({ id }: Pick<IdentifierState, 'id'>): boolean {
    const state = this.#identifiers.find(id);
    if (state === undefined || !(state.hasOwn || state.hasAttached)) return false;
    return !this.#loaded.isWhole(id);
  }

  part(identifier: string, part: HistoryPartName): HistoryPart {
    const parts = part === 'own' ? this.#own : this.#attached;
    let columns = parts.get(identifier);
    if (columns === undefined) {
      const load = (activity: number) =>
        this.#isEmpty(identifier, part) ? null : (this.#loaded.counts(identifier, part, activity) ?? unknown);
      const marks = () =>
        part === 'own' ? this.ownMarks(identifier) : this.#attachedMarksOf(identifier).column;
      parts.set(identifier, (columns = new Columns(load, marks)));
    }
    return columns;
  }

  ownMarks(identifier: string): DayColumn<StageMark> {
    let column = this.#ownMarks.get(identifier);
    if (column === undefined)
      this.#ownMarks.set(identifier, (column = new DayColumn(this.#loadedMarks(identifier, 'own'))));
    return column;
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
  attach(root: string, identifier: string, activities: readonly number[], sign: 1 | -1): void {
    for (const activity of activities) {
      const attached = this.part(root, 'attached').counts(activity);
      for (const [day, count] of this.part(identifier, 'own').counts(activity).entries())
        addCount(attached, day, sign * count);
    }
    const marks = this.#attachedMarksOf(root);
    for (const [day, mark] of this.ownMarks(identifier).entries()) {
      marks.column.set(day, marks.put(identifier, day, sign === 1 ? mark : null));
    }
  }

  needs(): HistoryNeeds {
    const days: HistoryNeed[] = [];
    for (const [parts, part] of [
      [this.#own, 'own'],
      [this.#attached, 'attached'],
    ] as const) {
      for (const [identifier, columns] of parts) {
        for (const [activity, { column }] of columns.used)
          for (const span of column.needs()) days.push({ identifier, part, activity, ...span });
      }
    }
    for (const [identifier, column] of this.#ownMarks) {
      for (const span of column.needs()) days.push({ identifier, part: 'own', activity: null, ...span });
    }
    for (const [identifier, marks] of this.#attachedMarks) {
      for (const span of marks.needs()) days.push({ identifier, part: 'attached', activity: null, ...span });
    }
    return { days, remaining: [...this.#lookups.values()] };
  }

  /** The rows that were written, where they differ from what was loaded. */
  changedCounts(): CountRow[] {
    const rows: CountRow[] = [];
    for (const [parts, isAttached] of [
      [this.#own, false],
      [this.#attached, true],
    ] as const) {
      for (const [identifier, columns] of parts) {
        for (const [activity, { column, loaded }] of columns.used) {
          for (const day of column.written()) {
            const count = column.get(day) ?? 0;
            const before = loaded?.get(day) ?? 0;
            if (count === before) continue;
            rows.push({ identifier, isAttached, activity, day, count, isNew: before === 0 });
          }
        }
      }
    }
    return rows;
  }

  #isEmpty(identifier: string, part: HistoryPartName): boolean {
    const state = this.#identifiers.find(identifier);
    return state === undefined || !(part === 'own' ? state.hasOwn : state.hasAttached);
  }

  #loadedMarks(identifier: string, part: HistoryPartName): KnownDays<StageMark> {
    if (this.#isEmpty(identifier, part)) return KnownDays.complete();
    return this.#loaded.marks(identifier, part)?.clone() ?? new KnownDays();
  }

  #attachedMarksOf(root: string): AttachedMarks {
    let marks = this.#attachedMarks.get(root);
    if (marks === undefined) {
      // Of those that are held apart, as they were loaded, whatever the batch has changed about them since.
      const apart = (this.#separate.get(root) ?? []).map(({ id }) => {
        const own = new DayColumn(this.#loadedMarks(id, 'own'));
        const entries = own.entries();
        if (own.needs().length > 0) this.ownMarks(id).entries();
        return { id, marks: entries };
      });
      marks = new AttachedMarks(this.#loadedMarks(root, 'attached'), apart);
      this.#attachedMarks.set(root, marks);
    }
    return marks;
  }
}

/** Not to be changed: columns begin with copies. */
const unknown = new KnownDays<never>();

/** The counts of one part of an identifier's history, by activity, as far as they are used. */
class Columns implements HistoryPart {
  readonly used = new Map<number, { column: DayColumn<number>; loaded: KnownDays<number> | null }>();
  readonly #load: (activity: number) => KnownDays<number> | null;
  readonly marks: () => DayColumn<StageMark>;

  /** @param load gives null where there is nothing */
  constructor(load: (activity: number) => KnownDays<number> | null, marks: () => DayColumn<StageMark>) {
    this.#load = load;
    this.marks = marks;
  }

  counts(activity: number): DayColumn<number> {
    const known = this.used.get(activity);
    if (known !== undefined) return known.column;
    const loaded = this.#load(activity);
    const column = new DayColumn(loaded?.clone() ?? KnownDays.complete<number>());
    this.used.set(activity, { column, loaded });
    return column;
  }
}
