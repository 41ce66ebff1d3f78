/** Changes of one day of a profile's history, with what each changes about the figures. */
import { emitActiveDay } from './active-day.ts';
import { neighboursOf } from './active-periods.ts';
import { addCount, type DayColumn } from './day-column.ts';
import {
  emitOccupancy,
  engagementRange,
  markRange,
  purchaseDaysOf,
  relationshipRange,
  type DayRange,
} from './occupancy.ts';
import { emitLifecycleDay } from './lifecycle-day.ts';
import type { ProfileHistory } from './profile-history.ts';
import type { EmitChange, SeriesCatalog } from './series.ts';
import type { StageMark } from './stage-mark.ts';

/** An identified profile, and where the changes of its figures go. */
export interface CountedProfile {
  catalog: SeriesCatalog;
  history: ProfileHistory;
  emit: EmitChange;
}

/**
 * Adds occurrences to a column that is part of the history. Another occurrence on a day that has one already changes
 * nothing, except that the second purchase makes a repeat customer.
 */
export function changeCount(
  { catalog, history, emit }: CountedProfile,
  column: DayColumn<number>,
  { activity, day, amount }: { activity: number; day: number; amount: number },
): void {
  const before = history.countOn(activity, day);
  const turns = before > 0 !== before + amount > 0;
  const isPurchase = activity === catalog.purchase;
  if (!turns && !isPurchase) {
    addCount(column, day, amount);
    return;
  }
  const purchasesBefore = purchaseDaysOf(catalog, history);
  addCount(column, day, amount);
  const ranges: (DayRange | null)[] = [];
  if (isPurchase) ranges.push(relationshipRange(purchasesBefore, purchaseDaysOf(catalog, history)));
  if (turns && activity === catalog.engagement) ranges.push(engagementRange(catalog, history, day));
  addCount(column, day, -amount);
  changeWithin({ catalog, history, emit }, ranges, () => addCount(column, day, amount));
  if (!turns) return;
  const series = catalog.activities.find(({ id }) => id === activity);
  if (series !== undefined) {
    const others = history.activeDays(activity);
    const sign = amount > 0 ? 1 : -1;
    emitActiveDay(series, others, day, sign, emit);
    emitLifecycleDay(series.periods, day, neighboursOf(others, day), sign, emit);
  }
}

/** Sets the mark of a day in a column that is part of the history. */
export function changeMark(
  { catalog, history, emit }: CountedProfile,
  column: DayColumn<StageMark>,
  day: number,
  mark: StageMark | null,
): void {
  const held = column.get(day);
  const before = history.markOn(day);
  column.set(day, mark);
  const after = history.markOn(day);
  if (before?.stage === after?.stage) return;
  const turns = (before === null) !== (after === null);
  const range = markRange(history, day, turns, catalog.settings.journeyMap.lapseDays);
  column.set(day, held);
  changeWithin({ catalog, history, emit }, [range], () => column.set(day, mark));
}

/** Emits the difference that `change` makes to the stages within the ranges, which do not overlap. */
function changeWithin(
  { catalog, history, emit }: CountedProfile,
  ranges: readonly (DayRange | null)[],
  change: () => void,
): void {
  const within = ranges.filter((range) => range !== null);
  for (const range of within) emitOccupancy(catalog, history, range, -1, emit);
  change();
  for (const range of within) emitOccupancy(catalog, history, range, 1, emit);
}
