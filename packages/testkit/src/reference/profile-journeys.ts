/** Where each profile is in its journey on a day, by looking through all that it did. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { referencePurchase } from './activities.ts';
import { activityRecords, countedTouchpoints } from './activity-records.ts';
import { dateOf, dayNumber, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { relationshipOn, stageHistories, type Relationship } from './stage-history.ts';
import type { World } from './world.ts';

export interface ProfileJourneyOptions {
  journeyMap: JourneyMap;
  activities: readonly ActivityDefinition[];
  windows: readonly number[];
  /** `YYYY-MM-DD`; what came later is left out. */
  day: string;
  /** Tells `strategy` and `loyalty`; one of the windows. */
  window: number;
}

export interface ReferenceJourney {
  profile: string;
  identified: boolean;
  stage: string | null;
  relationship: Relationship;
  lifecycle: string | null;
  firstPurchase: string | null;
  lastPurchase: string | null;
  transactions: number;
  purchaseDays: number;
  frequency: number;
  recency: number | null;
  T: number | null;
  strategy: string;
  loyalty: string | null;
  churn: { activity: string; window: number; lastActive: string; churnsOn: string; state: string }[];
}

export function referenceProfileJourneys(
  world: World,
  resolved: ReferenceProfiles,
  options: ProfileJourneyOptions,
): ReferenceJourney[] {
  const { journeyMap, activities, windows, window } = options;
  const today = dayNumber(options.day);
  const counted = countedTouchpoints(world, resolved, journeyMap);
  const daysOf = (activity: ActivityDefinition, profile: string): number[] =>
    activityRecords(counted, activity)
      .filter((record) => record.profile === profile)
      .map(({ touchpoint }) => dayOf(touchpoint.occurredAt, 'UTC'))
      .filter((day) => day <= today);
  return [...new Set(counted.map(({ profile }) => profile))].map((profile) => {
    const own = counted.filter((one) => one.profile === profile);
    const [stageOn] = stageHistories(
      counted.map((one) => (one.profile === profile ? one : { ...one, stage: null })),
      journeyMap,
      'UTC',
    );
    const bought = daysOf(referencePurchase, profile);
    const days = [...new Set(bought)].toSorted((left, right) => left - right);
    const [first, last] = [days.at(0), days.at(-1)];
    const churn = activities.flatMap((activity) => {
      const latest = Math.max(...daysOf(activity, profile));
      if (latest === -Infinity) return [];
      return windows.map((length) => ({
        activity: activity.name,
        window: length,
        lastActive: dateOf(latest),
        churnsOn: dateOf(latest + length),
        state: churnState(latest + length - today, length),
      }));
    });
    const relationship = relationshipOn(today, bought);
    const purchaseState = churn.find((one) => one.activity === 'purchase' && one.window === window)?.state;
    const speaksUp = own.some(({ stage, touchpoint }) => {
      const day = dayOf(touchpoint.occurredAt, 'UTC');
      return stage === 'loyalty' && day <= today && day > today - window;
    });
    const isKept = relationship === 'repeat' && purchaseState !== 'churned';
    const loyalty = isKept ? (speaksUp ? 'loyal' : 'retained') : null;
    return {
      profile,
      identified: own.some(({ identified }) => identified),
      stage: stageOn?.(today)?.stage ?? null,
      relationship,
      lifecycle: lifecycleOf(days.map(dateOf), options.day),
      firstPurchase: first === undefined ? null : dateOf(first),
      lastPurchase: last === undefined ? null : dateOf(last),
      transactions: bought.length,
      purchaseDays: days.length,
      frequency: Math.max(0, days.length - 1),
      recency: first === undefined || last === undefined ? null : last - first,
      T: first === undefined ? null : today - first,
      strategy: strategyOf(relationship, purchaseState, loyalty),
      loyalty,
      churn,
    };
  });
}

function churnState(daysLeft: number, window: number): string {
  if (daysLeft <= 0) return 'churned';
  return daysLeft <= 14 && daysLeft <= window / 2 ? 'near' : 'active';
}

function strategyOf(
  relationship: Relationship,
  purchaseState: string | undefined,
  loyalty: string | null,
): string {
  if (relationship === 'prospect') return 'acquire';
  if (purchaseState !== 'active') return 'retain';
  return loyalty === 'loyal' ? 'cherish' : 'increase';
}

/** By the texts of months. */
function lifecycleOf(dates: readonly string[], day: string): string | null {
  const months = new Set(dates.map((date) => date.slice(0, 7)));
  const [month, before] = [day.slice(0, 7), dateOf(dayNumber(`${day.slice(0, 7)}-01`) - 1).slice(0, 7)];
  if (months.size === 0) return null;
  if (!months.has(month)) return 'dormant';
  if (months.has(before)) return 'returning';
  return months.size === 1 ? 'new' : 'resurrecting';
}
