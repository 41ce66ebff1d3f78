/** Cohorts by calendar period: for each profile and each number of periods later, whether it had the activity then. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { dayNumber } from './days.ts';
import { activePeriods, periodStartOf, periodStarts, type ReferencePeriod } from './lifecycle.ts';
import type { ReferenceProfiles } from './profiles.ts';
import type { World } from './world.ts';

export interface CohortOptions {
  startActivity: ActivityDefinition;
  activity: ActivityDefinition;
  journeyMap: JourneyMap;
  period: ReferencePeriod;
  /** English name in small letters. */
  weekStart: string;
  mode: 'first' | 'recurring';
  /** Periods after that of the cohort, both included; without an end all later ones. */
  ranges: readonly { from: number; to: number | null }[];
  /** Days, `YYYY-MM-DD`, of which the periods are cohorts. */
  from: string;
  to: string;
  /** IANA name; UTC when absent. */
  timeZone?: string;
}

export interface ReferenceCohort {
  /** First day of its period. */
  cohort: string;
  size: number;
  /** Profiles with the activity in a period of the range, one for each range. */
  returned: number[];
}

export function referenceCohorts(
  world: World,
  resolved: ReferenceProfiles,
  options: CohortOptions,
  isCounted: (profile: string) => boolean = () => true,
): ReferenceCohort[] {
  const { startActivity, activity, period, weekStart, mode, ranges, from, to } = options;
  const starts = activePeriods(world, resolved, { ...options, activity: startActivity });
  const returns = activePeriods(world, resolved, { ...options, activity });
  return periodStarts(period, weekStart, from, to).map((cohort) => {
    const members = [...starts].filter(
      ([profile, own]) =>
        isCounted(profile) && (mode === 'first' ? [...own].toSorted()[0] === cohort : own.has(cohort)),
    );
    const returned = ranges.map((range) => {
      if (members.length === 0) return 0;
      const first = laterStart(cohort, range.from, period, weekStart);
      const last = range.to === null ? null : laterStart(cohort, range.to, period, weekStart);
      return members.filter(([profile]) =>
        [...(returns.get(profile) ?? [])].some((start) => start >= first && (last === null || start <= last)),
      ).length;
    });
    return { cohort, size: members.length, returned };
  });
}

/** First day of the period so many periods later. */
export function laterStart(
  start: string,
  periods: number,
  period: ReferencePeriod,
  weekStart: string,
): string {
  let reached = start;
  for (let step = 0; step < periods; step += 1) {
    let day = dayNumber(reached) + 1;
    while (periodStartOf(day, period, weekStart) === reached) day += 1;
    reached = periodStartOf(day, period, weekStart);
  }
  return reached;
}
