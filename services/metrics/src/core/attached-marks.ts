/**
 * The latest mark of each day among the identifiers attached to a root. A maximum cannot be subtracted from, so the marks
 * of identifiers that may leave in this batch are held one by one beside the maximum of all others.
 */
import { DayColumn, type DaySpan } from './day-column.ts';
import type { KnownDays } from './known-days.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

export class AttachedMarks {
  readonly column: DayColumn<StageMark>;
  readonly #others: DayColumn<StageMark>;
  readonly #byDay = new Map<number, Map<string, StageMark>>();

  /**
   * @param others the latest marks of all but those that are held apart
   * @param apart with all their own marks
   */
  constructor(
    others: KnownDays<StageMark>,
    apart: readonly { id: string; marks: readonly (readonly [day: number, mark: StageMark])[] }[],
  ) {
    this.column = new DayColumn(others.clone());
    this.#others = new DayColumn(others);
    for (const { id, marks } of apart) {
      for (const [day, mark] of marks) this.column.set(day, this.put(id, day, mark));
    }
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

  needs(): DaySpan[] {
    return [...this.column.needs(), ...this.#others.needs()];
  }
}
