/** What sales and refunds come to by day and place: every touchpoint looked at by itself, nothing kept. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import {
  activityRecords,
  countedTouchpoints,
  refundRecords,
  type CountedTouchpoint,
} from './activity-records.ts';
import { isGiven, minorDigits, scaled } from './amounts.ts';
import { dateOf, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { touchpointKey, type World } from './world.ts';

export interface SalesOptions {
  /** One that counts transactions. */
  activity: ActivityDefinition;
  journeyMap: JourneyMap;
  /** IANA name; UTC when absent. */
  timeZone?: string;
  /** Keys of touchpoints; what the others sold is left out. */
  only?: ReadonlySet<string>;
}

/** One number of one day and place; never 0. */
export interface SalesAmount {
  day: string;
  measure: string;
  currency: string;
  store: string | null;
  register: string | null;
  channel: string | null;
  amount: number;
}

/** In no order. Amounts are minor units of the currency, units are thousandths. */
export function referenceSales(
  world: World,
  resolved: ReferenceProfiles,
  { activity, journeyMap, timeZone = 'UTC', only }: SalesOptions,
): SalesAmount[] {
  const counted = countedTouchpoints(world, resolved, journeyMap);
  const isAsked = ({ touchpoint }: CountedTouchpoint): boolean =>
    only === undefined || only.has(touchpointKey(touchpoint));
  const amounts = [
    ...activityRecords(counted, activity)
      .filter(isAsked)
      .flatMap((sale) => amountsOf(sale, 1, timeZone)),
    ...refundRecords(counted, activity)
      .filter(isAsked)
      .flatMap((refund) => amountsOf(refund, -1, timeZone)),
  ];
  const groups = Map.groupBy(amounts, ({ amount: _amount, ...rest }) => JSON.stringify(rest));
  return [...groups.values()].flatMap((group) => {
    const amount = group.reduce((sum, one) => sum + one.amount, 0);
    return amount === 0 ? [] : [{ ...(group[0] as SalesAmount), amount }];
  });
}

const publicChannels = ['web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat'];

function amountsOf({ touchpoint }: CountedTouchpoint, sign: 1 | -1, timeZone: string): SalesAmount[] {
  const { properties = {}, trust, channel = null, occurredAt } = touchpoint;
  const { revenue, total, value, tax, discount, cost, units, products } = properties;
  const paid = [revenue, total, value].find((one) => isGiven(one));
  const code = properties['currency'];
  const currency = typeof code === 'string' && isGiven(paid) ? code.toUpperCase() : '';
  const digits = currency === '' ? 0 : minorDigits(currency);
  const minor = (one: unknown): number => (currency === '' || !isGiven(one) ? 0 : scaled(one, digits));
  const quantities = Array.isArray(products) ? (products as { quantity?: unknown }[]) : [];
  const sold = isGiven(units)
    ? scaled(units, 3)
    : quantities.reduce((sum, { quantity }) => sum + (isGiven(quantity) ? scaled(quantity, 3) : 0), 0);
  const back = (one: number): number => (sign === 1 ? one : -Math.abs(one));
  const isTrusted = trust === 'server';
  const place = {
    day: dateOf(dayOf(occurredAt, timeZone)),
    currency,
    store: isTrusted ? textOf(properties['store']) : null,
    register: isTrusted ? textOf(properties['register']) : null,
    channel: isTrusted || publicChannels.includes(channel ?? '') ? channel : null,
  };
  const measures = {
    [sign === 1 ? 'sales' : 'refunds']: 1,
    [sign === 1 ? 'revenue' : 'refunded']: back(minor(paid)),
    tax: back(minor(tax)),
    discount: back(minor(discount)),
    cost: back(minor(cost)),
    units: back(sold),
  };
  return Object.entries(measures).map(([measure, amount]) => ({ ...place, measure, amount }));
}

function textOf(value: unknown): string | null {
  return isGiven(value) ? String(value).trim() : null;
}
