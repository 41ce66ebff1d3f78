/** Growth by group: the groups of each profile on each day by a look at all its touchpoints, then plain counting. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { referencePurchase, saleRoleOf } from './activities.ts';
import { activityRecords, countedTouchpoints, type CountedTouchpoint } from './activity-records.ts';
import { dateOf, dayNumber } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { daysByProfile, isActive, relationshipOn } from './stage-history.ts';
import type { World, WorldTouchpoint } from './world.ts';

export interface GroupOptions {
  activity: ActivityDefinition;
  windows: readonly number[];
  journeyMap: JourneyMap;
  /** Such as `['homeStore', 'relationship']`. */
  groupBy: readonly string[];
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  /** IANA name; UTC when absent. */
  timeZone?: string;
}

/** One day of one group, of which none is 0. */
export interface GroupedDay {
  window: number;
  day: string;
  /** By dimension; null for none. */
  group: (string | null)[];
  customersAtStart: number;
  active: number;
  retained: number;
  new: number;
}

export function referenceGroupedGrowth(
  world: World,
  resolved: ReferenceProfiles,
  { activity, windows, journeyMap, groupBy, from, to, timeZone = 'UTC' }: GroupOptions,
): GroupedDay[] {
  const counted = countedTouchpoints(world, resolved, journeyMap);
  const purchases = daysByProfile(activityRecords(counted, referencePurchase), timeZone);
  const profiles = [...daysByProfile(activityRecords(counted, activity), timeZone)];
  const fixed = groupsOfProfiles(
    counted,
    profiles.map(([profile]) => profile),
    groupBy,
  );
  const groupOn = (profile: string, day: number): (string | null)[] =>
    groupBy.map((dimension, place) =>
      dimension === 'relationship'
        ? relationshipOn(day, purchases.get(profile) ?? [])
        : (fixed.get(profile)?.[place] ?? null),
    );
  return windows.flatMap((window) => {
    const rows: GroupedDay[] = [];
    for (let day = dayNumber(from); day <= dayNumber(to); day += 1) {
      const groups = new Map<string, GroupedDay>();
      for (const [profile, days] of profiles) {
        const wasActive = isActive(days, day - window, window);
        const active = isActive(days, day, window);
        if (!wasActive && !active) continue;
        const group = groupOn(profile, day);
        const name = JSON.stringify(group);
        const zero = { customersAtStart: 0, active: 0, retained: 0, new: 0 };
        const row = groups.get(name) ?? { window, day: dateOf(day), group, ...zero };
        row.customersAtStart += Number(wasActive);
        row.active += Number(active);
        row.retained += Number(wasActive && active);
        row.new += Number(active && Math.min(...days) > day - window);
        groups.set(name, row);
      }
      rows.push(...groups.values());
    }
    return rows;
  });
}

/** By dimension of what each profile is grouped, of those that hold for all its days; null for none. */
export function referenceGroups(
  world: World,
  resolved: ReferenceProfiles,
  { journeyMap, groupBy }: Pick<GroupOptions, 'journeyMap' | 'groupBy'>,
): Map<string, (string | null)[]> {
  const counted = countedTouchpoints(world, resolved, journeyMap);
  return groupsOfProfiles(counted, [...new Set(counted.map(({ profile }) => profile))], groupBy);
}

function groupsOfProfiles(
  counted: readonly CountedTouchpoint[],
  profiles: readonly string[],
  groupBy: readonly string[],
): Map<string, (string | null)[]> {
  return new Map(
    profiles.map((profile) => {
      const own = counted.filter((one) => one.profile === profile);
      return [profile, groupBy.map((dimension) => valueOf(dimension, own))];
    }),
  );
}

/** @param own touchpoints of a profile in the order of (occurredAt, source, id) */
function valueOf(dimension: string, own: readonly CountedTouchpoint[]): string | null {
  const [kind = '', name = ''] = dimension.split(':');
  const stated = own.flatMap(({ touchpoint }) => {
    const value = statedBy(touchpoint, kind, name);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
    return [{ value: String(value), trust: touchpoint.trust }];
  });
  if (name === '') return stated[0]?.value ?? null;
  const best = stated.filter(
    ({ trust }) => trust === 'server' || !stated.some((one) => one.trust === 'server'),
  );
  return best.at(-1)?.value ?? null;
}

const openChannels = ['web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat'];

function statedBy(touchpoint: WorldTouchpoint, kind: string, name: string): unknown {
  const { channel = '', trust, properties = {} } = touchpoint;
  const byServer = trust === 'server';
  switch (kind) {
    case 'acquisitionChannel':
      return channel !== '' && (byServer || openChannels.includes(channel)) ? channel : null;
    case 'acquisitionSource':
      return touchpoint.source;
    case 'acquisitionOwner':
      return touchpoint.owner;
    case 'acquisitionMediaType':
      return touchpoint.mediaType;
    case 'acquisitionInitiator':
      return touchpoint.initiator;
    case 'acquisitionKind':
      return touchpoint.kind;
    case 'acquisitionCampaign':
      return byServer ? touchpoint.campaign?.name : null;
    case 'homeStore': {
      const sells =
        touchpoint.type === 'receipt' ||
        (touchpoint.type === 'track' && touchpoint.name === 'Order Completed');
      return byServer && sells && saleRoleOf(touchpoint) === 'sale' ? properties['store'] : null;
    }
    case 'trait':
      return byServer ? touchpoint.traits?.[name] : null;
    case 'consent':
      return touchpoint.consent?.[name];
  }
  return null;
}
