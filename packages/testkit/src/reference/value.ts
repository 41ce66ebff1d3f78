/** What customers are worth, by sorting them and by looking at each: classes, shares and scores. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import { dayNumber } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { referenceSales } from './sales.ts';
import type { World } from './world.ts';

export interface ValueOptions {
  activity: ActivityDefinition;
  journeyMap: JourneyMap;
  currency: string;
  /** Minor units of one of the currency. */
  unit: number;
  /** Days since 1970: what is later does not count. */
  day: number;
}

export interface ReferenceValue {
  profile: string;
  orders: number;
  net: number;
  class: 'A' | 'B' | 'C';
  recency: number;
  frequency: number;
  monetary: number;
}

/** Identified profiles with a sale, best first. */
export function referenceValues(
  world: World,
  resolved: ReferenceProfiles,
  options: ValueOptions,
): ReferenceValue[] {
  const customers = resolved.profiles
    .filter(({ identified }) => identified)
    .map(({ id }) => ({ profile: id, ...salesOf(world, resolved, id, options) }))
    .filter(({ orders }) => orders > 0)
    .toSorted((left, right) => right.net - left.net || (left.profile < right.profile ? -1 : 1));
  const brought = customers.map(({ net }) => Math.max(0, net));
  const total = brought.reduce((sum, net) => sum + net, 0);
  const days = customers.map(({ lastDay }) => options.day - lastDay);
  const orders = customers.map((one) => one.orders);
  const nets = customers.map(({ net }) => net);
  return customers.map((customer, index) => {
    const before = brought.slice(0, index).reduce((sum, net) => sum + net, 0);
    return {
      profile: customer.profile,
      orders: customer.orders,
      net: customer.net,
      class: before < 0.8 * total ? 'A' : before < 0.95 * total ? 'B' : 'C',
      recency: 6 - scoreOf(options.day - customer.lastDay, days, 1),
      frequency: scoreOf(customer.orders, orders, 1),
      monetary: scoreOf(customer.net, nets, options.unit),
    };
  });
}

function salesOf(
  world: World,
  resolved: ReferenceProfiles,
  profile: string,
  { activity, journeyMap, currency, day }: ValueOptions,
): { orders: number; net: number; lastDay: number } {
  const keys = new Set(
    [...resolved.belongsTo]
      .filter(([, identifier]) => resolved.identifiers.get(identifier)?.profile === profile)
      .map(([key]) => key),
  );
  const measures = referenceSales(world, resolved, { activity, journeyMap, only: keys }).filter(
    (one) => one.currency === currency && dayNumber(one.day) <= day,
  );
  const sum = (measure: string): number =>
    measures.filter((one) => one.measure === measure).reduce((all, { amount }) => all + amount, 0);
  const sold = measures.filter((one) => one.measure === 'sales').map((one) => dayNumber(one.day));
  return { orders: sum('sales'), net: sum('revenue') + sum('refunded'), lastDay: Math.max(...sold) };
}

/** One more than the number of quantiles that the value exceeds by a step or more. */
function scoreOf(value: number, all: readonly number[], step: number): number {
  return 1 + [0.2, 0.4, 0.6, 0.8].filter((part) => value >= quantile(all, part) + step).length;
}

/** Between the two values around the place, in proportion: type 7 of Hyndman and Fan. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return low + (place - Math.floor(place)) * (high - low);
}
