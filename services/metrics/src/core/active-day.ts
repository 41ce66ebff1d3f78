/**
 * What one active day adds to the growth series of its profile. A set of active days S is active on A, the union of
 * [s, s + W) over it, and retained on A and A shifted by W. One more day x adds to A the single interval that neither its
 * predecessor nor its successor covers, I = [max(x, predecessor + W), min(x + W, successor)); and to the retained days
 * those of I that were active W days before, and those W days after I that are active. So a day reads its neighbours and
 * those around the two shifted intervals: the same few however long the history is.
 */
import type { DayLookup } from './profile-history.ts';
import type { EmitChange, SeriesCatalog } from './series.ts';

/**
 * @param others the active days of the profile without this one
 * @param sign 1 when the day is added, -1 when it is taken away
 */
export function emitActiveDay(
  series: SeriesCatalog['activities'][number],
  others: DayLookup,
  day: number,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  const before = others.floor(day - 1);
  const after = others.higher(day);
  if (before === null) {
    emit(series.first, day, sign);
    if (after !== null) emit(series.first, after, -sign);
  }
  for (const { window, active, retained } of series.windows) {
    const from = Math.max(day, (before ?? Number.NEGATIVE_INFINITY) + window);
    const to = Math.min(day + window, after ?? Number.POSITIVE_INFINITY);
    if (from >= to) continue;
    emit(active, from, sign);
    emit(active, to, -sign);
    const shifted = [
      ...coverWithin(others, from - window, to - window, window).map((one) => one + window),
      ...coverWithin(others, from + window, to + window, window),
    ];
    shifted.forEach((edge, index) => emit(retained, edge, index % 2 === 0 ? sign : -sign));
  }
}

/**
 * The part of [from, to), which is at most one window long, in which there was an active day within the window, as
 * `[start, end, …]`: what the last day up to its begin covers, and everything from the first day within it on.
 */
function coverWithin(days: DayLookup, from: number, to: number, window: number): number[] {
  const last = days.floor(from);
  const covered = last === null ? from : Math.min(to, Math.max(from, last + window));
  if (covered === to) return [from, to];
  const next = days.higher(from);
  if (next === null || next >= to) return covered > from ? [from, covered] : [];
  if (next <= covered) return [from, to];
  return covered > from ? [from, covered, next, to] : [next, to];
}
