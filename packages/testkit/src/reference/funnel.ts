/** How far profiles got along stages, and on how many channels they were seen, by walking through their touchpoints. */
import type { JourneyMap } from '@throughline/contracts';
import { referencePurchase } from './activities.ts';
import { activityRecords, countedTouchpoints } from './activity-records.ts';
import { dayNumber, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { daysByProfile, relationshipOn, type Relationship } from './stage-history.ts';
import { channelOf } from './stage-journeys.ts';
import type { World } from './world.ts';

export interface FunnelOptions {
  journeyMap: JourneyMap;
  /** Stages. */
  steps: readonly string[];
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  /** Days, both ends included. */
  window: number;
  relationship: Relationship | null;
}

/** For each step the number of profiles that reached it. */
export function referenceFunnel(world: World, resolved: ReferenceProfiles, options: FunnelOptions): number[] {
  const counted = countedTouchpoints(world, resolved, options.journeyMap);
  const purchases = daysByProfile(activityRecords(counted, referencePurchase), 'UTC');
  const staged = counted.filter(({ identified, stage }) => identified && stage !== null);
  const reached = options.steps.map(() => 0);
  for (const [profile, own] of Map.groupBy(staged, (one) => one.profile)) {
    const journey = own.map(({ stage, touchpoint: { occurredAt } }) => ({ stage, at: occurredAt }));
    const first = journey.find(({ stage }) => stage === options.steps[0]);
    if (first === undefined) continue;
    const day = dayOf(first.at, 'UTC');
    if (day < dayNumber(options.from) || day > dayNumber(options.to)) continue;
    const relationship = relationshipOn(day, purchases.get(profile) ?? []);
    if (options.relationship !== null && options.relationship !== relationship) continue;
    let at: string | undefined = first.at;
    for (const [index, step] of options.steps.entries()) {
      if (index > 0) {
        const before: string = at;
        at = journey.find(
          (one) => one.stage === step && one.at > before && dayOf(one.at, 'UTC') <= day + options.window,
        )?.at;
      }
      if (at === undefined) break;
      reached[index] = (reached[index] ?? 0) + 1;
    }
  }
  return reached;
}

/** Identified profiles with a stage-bearing touchpoint on a named channel, and those on several. */
export function referenceChannelCounts(
  world: World,
  resolved: ReferenceProfiles,
  { journeyMap, from, to }: { journeyMap: JourneyMap; from: string; to: string },
): { seen: number; onSeveral: number } {
  const channels = new Map<string, Set<string>>();
  for (const one of countedTouchpoints(world, resolved, journeyMap)) {
    const day = dayOf(one.touchpoint.occurredAt, 'UTC');
    const channel = channelOf(one);
    if (!one.identified || one.stage === null || channel === undefined) continue;
    if (day < dayNumber(from) || day > dayNumber(to)) continue;
    channels.set(one.profile, (channels.get(one.profile) ?? new Set()).add(channel));
  }
  return { seen: channels.size, onSeveral: [...channels.values()].filter(({ size }) => size > 1).length };
}
