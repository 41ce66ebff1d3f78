/**
 * What one active day adds to the cohorts of its profile. Days after the cohort fall into buckets, the periods after the
 * cohort's; the first active day of each counts, so a day in a period that was active before it changes nothing. A day that
 * becomes the first one of all moves the profile to another cohort, with its buckets up to the last one.
 */
import { activePeriodChanges, type ActivePeriod, type Neighbours } from './active-periods.ts';
import type { CohortMode } from './cohort-definition.ts';
import { cohortCell, type CohortPeriod, type CohortSeries } from './cohort-series.ts';
import type { DayLookup, ProfileHistory } from './profile-history.ts';
import type { EmitChange } from './series.ts';

export interface TurnedDay {
  activity: number;
  day: number;
  /** Around the day, of the same activity. */
  neighbours: Neighbours;
  /** 1 when it is added, -1 when it is taken away. */
  sign: 1 | -1;
}

/** @param history with or without the day */
export function emitCohortDay(
  cohorts: readonly CohortSeries[],
  history: ProfileHistory,
  turned: TurnedDay,
  emit: EmitChange,
): void {
  const { activity, day, neighbours, sign } = turned;
  const signed: EmitChange = (series, on, amount, cell) => emit(series, on, sign * amount, cell);
  const others = without(history.activeDays(activity), day);
  for (const { start, activity: returning, modes, periods } of cohorts) {
    if (start !== activity && returning !== activity) continue;
    const starts = start === activity ? others : history.activeDays(start);
    const returns = returning === activity ? others : history.activeDays(returning);
    for (const period of periods) {
      const changes = activePeriodChanges(period.numbers, day, neighbours);
      if (changes.length === 0) continue;
      const own = { day, neighbours, isStart: start === activity, isReturn: returning === activity, changes };
      for (const mode of modes) {
        const cells = { period, mode, emit: signed };
        if (mode === 'first') emitFirst(cells, starts, returns, own);
        else emitRecurring(cells, starts, returns, own);
      }
    }
  }
}

interface Cells {
  period: CohortPeriod;
  mode: CohortMode;
  emit: EmitChange;
}

interface AddedDay {
  day: number;
  neighbours: Neighbours;
  isStart: boolean;
  isReturn: boolean;
  changes: ReturnType<typeof activePeriodChanges>;
}

/** @param starts without the day, as `returns` */
function emitFirst(cells: Cells, starts: DayLookup, returns: DayLookup, added: AddedDay): void {
  const { numberOf } = cells.period.numbers;
  const { day, neighbours, isStart, isReturn, changes } = added;
  const isFirst = isStart && neighbours.before === null;
  const first = isFirst ? neighbours.after : starts.higher(Number.NEGATIVE_INFINITY);
  const before = first === null ? null : numberOf(first);
  const after = isFirst ? numberOf(day) : before;
  if (after === null) return;
  if (before !== after) {
    // The day is in the cohort's own period now, where it is no return.
    if (before !== null) emitCohort(cells, before, returns, -1);
    emitCohort(cells, after, returns, 1);
  } else if (isReturn) {
    for (const change of changes) emitReturn(cells, after, change, change.sign);
  }
}

/** Reads the periods of one cap back and ahead. */
function emitRecurring(cells: Cells, starts: DayLookup, returns: DayLookup, added: AddedDay): void {
  const { numberOf, startOf } = cells.period.numbers;
  const { day, neighbours, isStart, isReturn, changes } = added;
  if (isReturn) {
    for (const change of changes) {
      for (let from = starts.floor(startOf(change.number) - 1); from !== null;) {
        const cohort = numberOf(from);
        if (change.number - cohort > cells.period.cap) break;
        emitReturn(cells, cohort, change, change.sign);
        from = starts.floor(startOf(cohort) - 1);
      }
    }
  }
  const isNewPeriod = neighbours.after === null || numberOf(neighbours.after) !== numberOf(day);
  if (isStart && isNewPeriod) emitCohort(cells, numberOf(day), returns, 1);
}

/** All buckets of the profile in the cohort. */
function emitCohort(cells: Cells, cohort: number, returns: DayLookup, sign: 1 | -1): void {
  const { numberOf, startOf } = cells.period.numbers;
  let previous: number | null = null;
  for (let day = returns.higher(startOf(cohort + 1) - 1); day !== null;) {
    const number = numberOf(day);
    emitReturn(cells, cohort, { number, day, previous }, sign);
    if (number - cohort > cells.period.cap) return;
    previous = number;
    day = returns.higher(startOf(number + 1) - 1);
  }
}

function emitReturn(
  { period: { numbers, cap, series }, mode, emit }: Cells,
  cohort: number,
  { number, day, previous }: ActivePeriod,
  sign: 1 | -1,
): void {
  const bucket = number - cohort;
  if (bucket <= 0) return;
  const before = previous === null ? 0 : Math.max(0, previous - cohort);
  if (bucket <= cap) emit(series[mode], day, sign, cohortCell(bucket, before));
  else if (mode === 'first' && before <= cap) {
    // On the day from which the cohort is recognized: whenever it was, it is later than the last bucket.
    emit(series[mode], numbers.startOf(cohort + cap + 1), sign, cohortCell(cap + 1, before));
  }
}

function without(days: DayLookup, day: number): DayLookup {
  return {
    floor(asked) {
      const found = days.floor(asked);
      return found === day ? days.floor(day - 1) : found;
    },
    higher(asked) {
      const found = days.higher(asked);
      return found === day ? days.higher(day) : found;
    },
  };
}
