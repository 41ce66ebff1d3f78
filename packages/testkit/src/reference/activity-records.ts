/** Which touchpoints are an activity, and of which profile: a transaction counts once, or once for each customer who used its number. */
import type { ActivityDefinition, ActivityFilter, JourneyMap, Trust } from '@throughline/contracts';
import { saleRoleOf } from './activities.ts';
import { compareByCodePoint } from './code-points.ts';
import { amountOf } from './amounts.ts';
import { present } from './present.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { stageByMap } from './stages.ts';
import { touchpointKey, type World, type WorldTouchpoint } from './world.ts';

/** A touchpoint that was not dropped, with the identified or unidentified profile that has it. */
export interface CountedTouchpoint {
  touchpoint: WorldTouchpoint;
  profile: string;
  identified: boolean;
  transaction: string | null;
  /** Another transaction that it gives back, voids or cancels. */
  amends: string | null;
  /** The strongest trust at which two customers used the transaction's number; null for none. */
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
          amends: resolved.amendsOf?.get(touchpointKey(touchpoint)) ?? null,
          ambiguous: resolved.identifiers.get(transaction ?? '')?.ambiguous ?? null,
          stage: stageByMap(map, touchpoint),
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
 * The touchpoints that count for an activity. Of those that report the sale of one transaction, the best of the highest trust:
 * the earliest, public ones by their receipt. Of one that is ambiguous at that trust or a stronger one, the best of each
 * profile. None when a void or a cancellation of that trust or a stronger one names the transaction.
 */
export function activityRecords(
  counted: readonly CountedTouchpoint[],
  activity: ActivityDefinition,
): CountedTouchpoint[] {
  const matching = counted.filter((candidate) => matches(activity.filter, candidate)).toSorted(compareByTime);
  if (!activity.perTransaction) return matching;
  const sales = matching.filter(({ touchpoint }) => saleRoleOf(touchpoint) === 'sale');
  const sold = sales.filter(
    (sale) => sale.transaction === null || countsForTransaction(sale, sales, counted),
  );
  if (activity.exceptRefunded !== true) return sold;
  const refunds = refundRecords(counted, activity);
  return sold.filter((sale) => sale.transaction === null || !isGivenBack(sale, refunds));
}

/** Everything, or an amount that no one said, was given back by those that the sale's sender is not trusted more than. */
function isGivenBack(sale: CountedTouchpoint, refunds: readonly CountedTouchpoint[]): boolean {
  const own = refunds.filter(
    ({ transaction, amends }) => transaction === sale.transaction || amends === sale.transaction,
  );
  const trusted = own.filter((refund) => trustOf(refund) >= trustOf(sale));
  const paid = amountOf(sale);
  let given: number | null = null;
  for (const back of trusted.map(amountOf)) {
    if (back === null) return true;
    if (back.currency === paid?.currency) given = (given ?? 0) + Math.abs(back.minor);
  }
  return given !== null && paid !== null && given >= paid.minor;
}

function countsForTransaction(
  sale: CountedTouchpoint,
  sales: readonly CountedTouchpoint[],
  counted: readonly CountedTouchpoint[],
): boolean {
  const isOfTransaction = ({ transaction }: CountedTouchpoint): boolean => transaction === sale.transaction;
  const reports = sales.filter(isOfTransaction).toSorted(compareReports);
  const trust = trustOf(present(reports[0]));
  if (trustOf(sale) < trust) return false;
  if (isUndone(sale, counted, trust)) return false;
  const isForEach = sale.ambiguous !== null && (sale.ambiguous === 'server' || trust === 0);
  const rivals = isForEach ? reports.filter(({ profile }) => profile === sale.profile) : reports;
  return rivals[0] === sale;
}

/**
 * The refunds that count for an activity: of those that name one transaction, all that are reported by the source of the best
 * one, at its trust. None when the transaction was undone.
 */
export function refundRecords(
  counted: readonly CountedTouchpoint[],
  activity: ActivityDefinition,
): CountedTouchpoint[] {
  const refunds = counted.filter(
    (candidate) => matches(activity.filter, candidate) && saleRoleOf(candidate.touchpoint) === 'refund',
  );
  return refunds.filter((refund) => {
    if (refund.transaction === null) return true;
    const [best] = refunds
      .filter(({ transaction }) => transaction === refund.transaction)
      .toSorted(compareReports);
    const { touchpoint } = present(best);
    if (touchpoint.trust !== refund.touchpoint.trust || touchpoint.source !== refund.touchpoint.source)
      return false;
    return !isUndone(refund, counted, trustOf(refund));
  });
}

/** Whether a void or a cancellation of that trust or a stronger one is of the transaction, or amends it. */
function isUndone(
  { transaction }: CountedTouchpoint,
  counted: readonly CountedTouchpoint[],
  trust: number,
): boolean {
  return counted.some(
    (other) =>
      (other.transaction === transaction || other.amends === transaction) &&
      saleRoleOf(other.touchpoint) === 'undone' &&
      trustOf(other) >= trust,
  );
}

function trustOf({ touchpoint }: CountedTouchpoint): number {
  return touchpoint.trust === 'server' ? 1 : 0;
}

function compareReports(left: CountedTouchpoint, right: CountedTouchpoint): number {
  const timeOf = ({ touchpoint }: CountedTouchpoint): string =>
    touchpoint.trust === 'server' ? touchpoint.occurredAt : touchpoint.receivedAt;
  return (
    trustOf(right) - trustOf(left) ||
    compareByCodePoint(timeOf(left), timeOf(right)) ||
    compareByCodePoint(left.touchpoint.source, right.touchpoint.source) ||
    compareByCodePoint(left.touchpoint.id, right.touchpoint.id)
  );
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
