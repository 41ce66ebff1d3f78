/** Which touchpoints are an activity, and whose: a transaction counts once, whoever reports it. */
import {
  type ActivityDefinition,
  type ActivityFilter,
  type JourneyMap,
  stageOf,
} from '@throughline/contracts';
import { compareByCodePoint } from './code-points.ts';
import { present } from './present.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { touchpointKey, type World, type WorldTouchpoint } from './world.ts';

/** A touchpoint that was not dropped, with the identified or unidentified profile that has it. */
export interface CountedTouchpoint {
  touchpoint: WorldTouchpoint;
  profile: string;
  identified: boolean;
  transaction: string | null;
  stage: string | null;
}

/** In the order of (occurredAt, source, id). */
export function countedTouchpoints(
  world: World,
  resolved: ReferenceProfiles,
  map: JourneyMap,
): CountedTouchpoint[] {
  const identified = new Map(resolved.profiles.map((profile) => [profile.id, profile.identified]));
  return world.touchpoints
    .flatMap((touchpoint): CountedTouchpoint[] => {
      const primary = resolved.belongsTo.get(touchpointKey(touchpoint));
      if (primary === undefined) return [];
      const { profile } = present(resolved.identifiers.get(primary));
      return [
        {
          touchpoint,
          profile,
          identified: present(identified.get(profile)),
          transaction: resolved.transactionOf.get(touchpointKey(touchpoint)) ?? null,
          stage: stageOf(map, touchpoint),
        },
      ];
    })
    .toSorted(compareByTime);
}

function compareByTime(left: CountedTouchpoint, right: CountedTouchpoint): number {
  return (
    compareByCodePoint(left.touchpoint.occurredAt, right.touchpoint.occurredAt) ||
    compareByCodePoint(left.touchpoint.source, right.touchpoint.source) ||
    compareByCodePoint(left.touchpoint.id, right.touchpoint.id)
  );
}

/** The touchpoints that count for an activity: of those that report one transaction, the most trusted, then earliest. */
export function activityRecords(
  counted: readonly CountedTouchpoint[],
  activity: ActivityDefinition,
): CountedTouchpoint[] {
  const matching = counted.filter((candidate) => matches(activity.filter, candidate)).toSorted(compareByTime);
  if (!activity.perTransaction) return matching;
  return matching.filter(
    (candidate) =>
      candidate.transaction === null ||
      reportsOf(matching, candidate.transaction).toSorted(compareByTrustAndTime)[0] === candidate,
  );
}

function reportsOf(matching: readonly CountedTouchpoint[], transaction: string): CountedTouchpoint[] {
  return matching.filter((candidate) => candidate.transaction === transaction);
}

function compareByTrustAndTime(left: CountedTouchpoint, right: CountedTouchpoint): number {
  const byTrust = Number(right.touchpoint.trust === 'server') - Number(left.touchpoint.trust === 'server');
  return byTrust || compareByTime(left, right);
}

type Clause = NonNullable<ActivityFilter['all']>[number];

/** Every clause of `all`, and one of `any` where there are some. */
function matches(filter: ActivityFilter, candidate: CountedTouchpoint): boolean {
  const all = filter.all ?? [];
  const any = filter.any ?? [];
  const holds = (clause: Clause): boolean => holdsFor(clause, candidate);
  return all.every(holds) && (any.length === 0 || any.some(holds));
}

function holdsFor({ field, op, value }: Clause, candidate: CountedTouchpoint): boolean {
  const actual = valueOf(field, candidate);
  if (op === 'exists') return actual !== undefined && actual !== null;
  if (op === 'in') return Array.isArray(value) && value.some((one) => one === actual);
  if (op === 'prefix')
    return typeof actual === 'string' && typeof value === 'string' && actual.startsWith(value);
  const comparison = compareAlike(actual, value);
  if (comparison === null) return false;
  if (op === 'gte') return comparison >= 0;
  return op === 'lte' ? comparison <= 0 : comparison === 0;
}

/** Null for values of different types, which are neither equal nor in order. */
function compareAlike(actual: unknown, value: unknown): number | null {
  if (typeof actual === 'number' && typeof value === 'number') return actual - value;
  if (typeof actual === 'string' && typeof value === 'string') return compareByCodePoint(actual, value);
  return typeof actual === 'boolean' && typeof value === 'boolean' ? Number(actual) - Number(value) : null;
}

function valueOf(field: string, { touchpoint, stage }: CountedTouchpoint): unknown {
  switch (field) {
    case 'type':
      return touchpoint.type;
    case 'name':
      return touchpoint.name;
    case 'source':
      return touchpoint.source;
    case 'channel':
      return touchpoint.channel;
    case 'sentiment':
      return touchpoint.sentiment;
    case 'stage':
      return stage;
  }
  let reached: unknown = touchpoint.properties;
  for (const step of field.slice('properties.'.length).split('.')) {
    reached = typeof reached === 'object' && reached !== null ? Reflect.get(reached, step) : undefined;
  }
  return reached;
}
