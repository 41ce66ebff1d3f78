/**
 * The figures that delivered records must come to: the newest assignment of every touchpoint and the newest membership of
 * every identifier, given to the reference model, which counts the slow way.
 */
import {
  defaultJourneyMap,
  engagementActivity,
  netPurchaseActivity,
  purchaseActivity,
  type ActivityDefinition,
  type Membership,
  type ResolvedRecord,
  type TouchpointResolved,
} from '@throughline/contracts';
import {
  dateOf,
  defaultWorldLimits,
  referenceCohorts,
  referenceFigures,
  referenceGroupedGrowth,
  referenceJourneys,
  referenceLifecycle,
  referenceSales,
  referenceScores,
  referenceStickiness,
  touchpointKey,
  type ReferenceProfiles,
  type ReferenceStickiness,
  type World,
  type WorldTouchpoint,
} from '@throughline/testkit';
import type { CohortMode } from '../src/core/cohort-definition.ts';
import type { FigureSettings } from '../src/core/series.ts';
import { firstDay, historyDays } from './resolved-histories.ts';

export const settings: FigureSettings = {
  activities: [
    { ...purchaseActivity, id: 1 },
    { ...engagementActivity, id: 2 },
    { ...netPurchaseActivity, id: 3 },
  ],
  windows: [3, 10],
  weekStart: 'wednesday',
  cohorts: {
    pairs: [
      { startActivity: 'purchase', activity: 'purchase', modes: ['first', 'recurring'] },
      { startActivity: 'engagement', activity: 'purchase', modes: ['first', 'recurring'] },
      { startActivity: 'netPurchase', activity: 'engagement', modes: ['first'] },
    ],
    // Few, so that profiles come back later than that.
    caps: { day: 6, week: 2, month: 1 },
  },
  groupings: [
    ['acquisitionChannel'],
    ['homeStore', 'relationship'],
    ['trait:plan', 'consent:ads'],
    ['relationship'],
  ],
  // Short, so that profiles lapse within a history.
  journeyMap: { ...defaultJourneyMap, lapseDays: 5 },
};

/** Past the last day by two windows, where everybody has churned. */
export const comparedDays = { from: firstDay - 2, to: firstDay + historyDays + 22 };

/** Lines such as `purchase 3 2024-10-04 active 2`, without the zeros. */
export type FigureLines = string[];

interface Delivered {
  world: World;
  resolved: ReferenceProfiles;
}

/** The newest assignment of every touchpoint and the newest membership of every identifier. */
export function toDelivered(delivered: readonly ResolvedRecord[]): Delivered {
  const memberships = newest(
    delivered.flatMap((record) => (record.kind === 'profile.erased' ? [] : record.memberships)),
    (membership) => membership.identifier,
    (membership) => membership.version,
  );
  const records = newest(
    delivered.filter((record) => record.kind === 'touchpoint.resolved'),
    (record) => record.touchpoint.key,
    (record) => record.assignmentVersion,
  );
  const world = { touchpoints: [...records.values()].map(toWorldTouchpoint) } as World;
  return { world, resolved: toProfiles([...records.values()], memberships) };
}

export function expectedFigures(delivered: readonly ResolvedRecord[], longestSpell = 180): FigureLines {
  const { world, resolved } = toDelivered(delivered);
  const lines: FigureLines = [];
  const range = { from: dateOf(comparedDays.from), to: dateOf(comparedDays.to) };
  for (const activity of settings.activities) {
    const { windows, journeyMap } = settings;
    const figures = referenceFigures({ ...world, limits: defaultWorldLimits }, resolved, {
      activity,
      windows,
      journeyMap,
      ...range,
    });
    for (const day of figures.growth) {
      for (const name of [
        'customersAtStart',
        'active',
        'retained',
        'churned',
        'new',
        'reactivated',
      ] as const) {
        if (day[name] !== 0) lines.push(`${activity.name} ${day.window} ${day.day} ${name} ${day[name]}`);
      }
    }
    lines.push(
      ...expectedLifecycle({ world, resolved }, activity),
      ...expectedGroups({ world, resolved }, activity),
      ...expectedStickiness({ world, resolved }, activity),
    );
    if (activity.name !== purchaseActivity.name) continue;
    for (const { day, stage, relationship, profiles } of figures.stages) {
      lines.push(`stage ${day} ${stage} ${relationship} ${profiles}`);
    }
  }
  lines.push(...expectedCohorts({ world, resolved }));
  const sales = referenceSales(world, resolved, {
    activity: purchaseActivity,
    journeyMap: settings.journeyMap,
  });
  for (const { day, measure, currency, store, register, channel, amount } of sales) {
    lines.push(`sales.${measure} ${day} ${JSON.stringify([currency, store, register, channel])} ${amount}`);
  }
  const journeys = referenceJourneys(world, resolved, {
    journeyMap: settings.journeyMap,
    ...range,
    firstDay: dateOf(firstDay),
    longestSpell,
  });
  const named = journeys.map(({ figure, day, dimensions }) => eventName(figure, day, dimensions));
  for (const [name, same] of Map.groupBy(named, (one) => one)) lines.push(`${name} ${same.length}`);
  const scores = referenceScores(world).map(({ day, channel, ...rest }) =>
    eventName('score', day, channel === null ? rest : { ...rest, channel }),
  );
  for (const [name, same] of Map.groupBy(scores, (one) => one)) lines.push(`${name} ${same.length}`);
  return lines.sort();
}

/** Of what is counted by group on a day. */
export const groupLine = (
  name: readonly (string | number)[],
  day: string,
  group: readonly (string | null)[],
  amount: number,
) => `group ${name.join(' ')} ${day} ${JSON.stringify(group)} ${amount}`;

function expectedGroups({ world, resolved }: Delivered, activity: ActivityDefinition): FigureLines {
  const { windows, journeyMap, groupings } = settings;
  const range = { from: dateOf(comparedDays.from), to: dateOf(comparedDays.to) };
  return groupings.flatMap((groupBy) =>
    referenceGroupedGrowth(world, resolved, { activity, windows, journeyMap, groupBy, ...range }).flatMap(
      ({ window, day, group, ...levels }) =>
        Object.entries(levels).flatMap(([measure, amount]) =>
          amount === 0
            ? []
            : [groupLine([activity.name, window, groupBy.join('+'), measure], day, group, amount)],
        ),
    ),
  );
}

/** With the longest window. */
function expectedStickiness({ world, resolved }: Delivered, activity: ActivityDefinition): FigureLines {
  const { journeyMap } = settings;
  const range = { from: dateOf(comparedDays.from), to: dateOf(comparedDays.to) };
  const asked = { activity, journeyMap, window: stickyWindow, ...range };
  return referenceStickiness(world, resolved, asked).flatMap((row) =>
    row.profileDays === 0 ? [] : [stickyLine(activity.name, row)],
  );
}

export const stickyWindow = Math.max(...settings.windows);

export const stickyLine = (
  activity: string,
  { day, activeOnDay, active, profileDays }: ReferenceStickiness,
) => `sticky ${activity} ${day} ${activeOnDay} ${active} ${profileDays}`;

function expectedLifecycle({ world, resolved }: Delivered, activity: ActivityDefinition): FigureLines {
  const { journeyMap, weekStart } = settings;
  const range = { from: dateOf(comparedDays.from), to: dateOf(comparedDays.to) };
  return (['day', 'week', 'month'] as const).flatMap((period) =>
    referenceLifecycle(world, resolved, { activity, journeyMap, weekStart, period, ...range }).flatMap(
      ({ start, ...counts }) =>
        Object.entries(counts).flatMap(([name, count]) =>
          count === 0 ? [] : [`lifecycle ${activity.name} ${period} ${start} ${name} ${count}`],
        ),
    ),
  );
}

/** Of what is counted by day, whatever its dimensions. */
export function eventName(
  figure: string,
  day: string,
  dimensions: Readonly<Record<string, string | number>>,
): string {
  const sorted = Object.entries(dimensions).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `${figure} ${day} ${JSON.stringify(sorted)}`;
}

/** Each bucket, each bucket and all later ones, and a bracket. */
export function cohortRanges(mode: CohortMode, cap: number): { from: number; to: number | null }[] {
  const buckets = Array.from({ length: cap }, (_value, index) => index + 1);
  return [
    ...buckets.map((bucket) => ({ from: bucket, to: bucket })),
    // Recurring cohorts end with the last bucket.
    ...buckets.map((bucket) => ({ from: bucket, to: mode === 'first' ? null : cap })),
    { from: Math.min(2, cap), to: Math.min(4, cap) },
  ];
}

export const cohortLine = (
  pair: readonly string[],
  cohort: string,
  size: number,
  returned: readonly number[],
) => `cohort ${pair.join(' ')} ${cohort} ${size}: ${returned.join(' ')}`;

function expectedCohorts({ world, resolved }: Delivered): FigureLines {
  const { journeyMap, weekStart, cohorts, activities } = settings;
  const range = { from: dateOf(comparedDays.from), to: dateOf(comparedDays.to) };
  const find = (name: string) => activities.find((one) => one.name === name) as ActivityDefinition;
  return cohorts.pairs.flatMap(({ startActivity, activity, modes }) =>
    modes.flatMap((mode) =>
      (['day', 'week', 'month'] as const).flatMap((period) =>
        referenceCohorts(world, resolved, {
          startActivity: find(startActivity),
          activity: find(activity),
          journeyMap,
          weekStart,
          period,
          mode,
          ranges: cohortRanges(mode, cohorts.caps[period]),
          ...range,
        })
          .filter(({ size }) => size > 0)
          .map(({ cohort, size, returned }) =>
            cohortLine([startActivity, activity, mode, period], cohort, size, returned),
          ),
      ),
    ),
  );
}

function newest<T>(
  items: readonly T[],
  name: (item: T) => string,
  version: (item: T) => number,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of items) {
    const current = found.get(name(item));
    if (current === undefined || version(item) > version(current)) found.set(name(item), item);
  }
  return found;
}

function toWorldTouchpoint({ touchpoint }: TouchpointResolved): WorldTouchpoint {
  const {
    id,
    source,
    type,
    name,
    trust,
    occurredAt,
    receivedAt,
    properties = {},
    channel,
    sentiment,
    traits,
    consent,
  } = touchpoint;
  return {
    id,
    source,
    type,
    name,
    trust,
    occurredAt,
    receivedAt,
    properties,
    identifiers: [],
    ...(channel === undefined ? {} : { channel }),
    ...(traits === undefined ? {} : { traits }),
    ...(consent === undefined ? {} : { consent }),
    ...(sentiment === undefined ? {} : { sentiment }),
  };
}

function toProfiles(
  records: readonly TouchpointResolved[],
  memberships: ReadonlyMap<string, Membership>,
): ReferenceProfiles {
  const profileOf = (identifier: string): string => {
    const root = memberships.get(identifier)?.root ?? identifier;
    const of = memberships.get(root);
    return of === undefined || of.root !== root ? root : (of.profile ?? root);
  };
  const identified = new Set(
    [...memberships.values()]
      .filter(({ identifying }) => identifying)
      .map(({ identifier }) => profileOf(identifier)),
  );
  const ids = new Set(records.flatMap(({ identifier }) => [identifier]));
  const keyOf = ({ touchpoint }: TouchpointResolved) => touchpointKey(touchpoint);
  return {
    profiles: [...new Set([...ids].map(profileOf))].map((id) => ({ id, identified: identified.has(id) })),
    identifiers: new Map(
      [...new Set([...ids, ...memberships.keys()])].map((id) => [
        id,
        { id, profile: profileOf(id), ambiguous: memberships.get(id)?.ambiguous ?? null },
      ]),
    ),
    belongsTo: new Map(records.map((record) => [keyOf(record), record.identifier])),
    transactionOf: new Map(
      records.flatMap((record) => (record.transaction === null ? [] : [[keyOf(record), record.transaction]])),
    ),
    amendsOf: new Map(
      records.flatMap(({ touchpoint, transaction, amends }) =>
        amends === null || amends === transaction ? [] : [[touchpointKey(touchpoint), amends]],
      ),
    ),
  } as unknown as ReferenceProfiles;
}
