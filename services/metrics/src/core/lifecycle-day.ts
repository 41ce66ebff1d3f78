/**
 * What one active day adds to the lifecycle of its profile: in a period that it was active in, a profile is new, returning
 * from the period before, or resurrecting after a break. New ones are the series of first days. Each is booked on the first
 * active day in the period, so that what happens today never changes a day that is closed.
 */
import { activePeriodChanges, type Neighbours } from './active-periods.ts';
import type { EmitChange, PeriodSeries } from './series.ts';

/** @param sign 1 when the day is added, -1 when it is taken away */
export function emitLifecycleDay(
  periods: readonly PeriodSeries[],
  day: number,
  neighbours: Neighbours,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  for (const { numbers, returning, resurrecting } of periods) {
    for (const change of activePeriodChanges(numbers, day, neighbours)) {
      if (change.previous === null) continue;
      const series = change.number - change.previous === 1 ? returning : resurrecting;
      emit(series, change.day, sign * change.sign);
    }
  }
}
