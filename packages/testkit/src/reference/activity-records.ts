/** Which touchpoints are an activity, and of which profile: a transaction counts once, whatever reports it. */
import {
  type ActivityDefinition,
  type ActivityFilter,
  type JourneyMap,
  stageOf,
  type Trust,
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
  /** Of the transaction: the strongest trust at which two customers used its number. */
  ambiguous: Trust | null;
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
      const transaction = resolved.transactionOf.get(touchpointKey(touchpoint)) ?? null;
      return [
        {
          touchpoint,
          profile,
          identified: present(identified.get(profile)),
          transaction,
          ambiguous: resolved.identifiers.get(transaction ?? '')?.ambiguous ?? null,
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

/**
 * The touchpoints that count for an activity. One that counts transactions counts sales, and each transaction once: of its
 * sales at the highest trust the earliest, or where two customers used the number, the earliest of each profile. A void or
 * a cancellation of at least that trust leaves none.
 */
export function activityRecords(
  counted: readonly CountedTouchpoint[],
  activity: ActivityDefinition,
): CountedTouchpoint[] {
  const matching = counted.filter((candidate) => matches(activity.filter, candidate)).toSorted(compareByTime);
  if (!activity.perTransaction) return matching;
  const sales = matching.filter((candidate) => roleOf(candidate) === 'sale');
  const single = sales.filter(({ transaction }) => transaction === null);
  const transactions = new Set(sales.flatMap(({ transaction }) => transaction ?? []));
  const reported = [...transactions].flatMap((transaction) =>
    countedSales(
      sales.filter((sale) => sale.transaction === transaction),
      counted.filter((one) => one.transaction === transaction),
    ),
  );
  return [...single, ...reported].toSorted(compareByTime);
}

function countedSales(
  sales: readonly CountedTouchpoint[],
  all: readonly CountedTouchpoint[],
): CountedTouchpoint[] {
  const trusted = sales.some(isOfServer) ? sales.filter(isOfServer) : sales;
  const undoing = all.filter((one) => ['void', 'cancellation'].includes(roleOf(one)));
  if (undoing.some((one) => isOfServer(one) || !trusted.some(isOfServer))) return [];
  const ranked = trusted.toSorted(compareByRank);
  const { ambiguous } = present(ranked[0]);
  const isAmbiguous = ambiguous === 'server' || (ambiguous === 'public' && !trusted.some(isOfServer));
  return ranked.filter((sale, place) =>
    isAmbiguous ? ranked.findIndex(({ profile }) => profile === sale.profile) === place : place === 0,
  );
}

function isOfServer({ touchpoint }: CountedTouchpoint): boolean {
  return touchpoint.trust === 'server';
}

/** By time of receipt for public ones, which could be backdated otherwise. */
function compareByRank(left: CountedTouchpoint, right: CountedTouchpoint): number {
  const rank = ({ touchpoint }: CountedTouchpoint) =>
    touchpoint.trust === 'server' ? touchpoint.occurredAt : touchpoint.receivedAt;
  return (
    compareByCodePoint(rank(left), rank(right)) ||
    compareByCodePoint(left.touchpoint.source, right.touchpoint.source) ||
    compareByCodePoint(left.touchpoint.id, right.touchpoint.id)
  );
}

/** What a touchpoint is in a transaction; only sales are purchases. */
function roleOf({ touchpoint }: CountedTouchpoint): 'sale' | 'refund' | 'void' | 'cancellation' {
  const { type, name, properties = {} } = touchpoint;
  if (type === 'track' && name === 'Order Cancelled') return 'cancellation';
  if (type === 'track' && name === 'Order Refunded') return 'refund';
  if (type === 'receipt') {
    const { kind } = properties;
    if (kind === 'void' || kind === 'cancellation') return kind;
    if (kind === 'refund' || kind === 'return') return 'refund';
    if (isGiven(properties['voidOf'])) return 'void';
    if (isGiven(properties['refundOf'])) return 'refund';
  }
  const amount = ['revenue', 'total', 'value'].map((field) => properties[field]).find(isGiven);
  return (typeof amount === 'number' || typeof amount === 'string') && Number(amount) < 0 ? 'refund' : 'sale';
}

function isGiven(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
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
