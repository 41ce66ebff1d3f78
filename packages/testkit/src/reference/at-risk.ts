/** Who is about to count as churned, by trying each of the next days. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { activityRecords, countedTouchpoints } from './activity-records.ts';
import { dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import type { World } from './world.ts';

export interface AtRiskOptions {
  activity: ActivityDefinition;
  journeyMap: JourneyMap;
  window: number;
  /** Days since 1970. What happens after it keeps a profile from being at risk. */
  today: number;
  /** Days after today. */
  within: number;
}

export interface ReferenceAtRisk {
  profile: string;
  /** Days since 1970. */
  lastDay: number;
  churnsOn: number;
}

/** In no order. */
export function referenceAtRisk(
  world: World,
  resolved: ReferenceProfiles,
  { activity, journeyMap, window, today, within }: AtRiskOptions,
): ReferenceAtRisk[] {
  const records = activityRecords(countedTouchpoints(world, resolved, journeyMap), activity).filter(
    ({ identified }) => identified,
  );
  const profiles = Map.groupBy(records, ({ profile }) => profile);
  return [...profiles].flatMap(([profile, own]) => {
    const days = own.map(({ touchpoint }) => dayOf(touchpoint.occurredAt, 'UTC'));
    const isActiveOn = (day: number): boolean =>
      days.some((active) => day - window < active && active <= day);
    if (!isActiveOn(today) || days.some((day) => day > today)) return [];
    for (let day = today + 1; day <= today + within; day += 1) {
      if (!isActiveOn(day)) return [{ profile, lastDay: Math.max(...days), churnsOn: day }];
    }
    return [];
  });
}
