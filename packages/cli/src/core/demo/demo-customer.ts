/** Who buys in the demo's shop, drawn from a seed: how people find it, where and how often they buy, and when they stop. */
import {
  campaigns,
  countries,
  firstNames,
  lastNames,
  plans,
  stores,
  type Campaign,
  type Store,
} from './demo-catalog.ts';
import { createDemoRandom, type DemoRandom } from './demo-random.ts';

export interface DemoCustomer {
  number: number;
  /** Drawn from in the customer's own order, so that one customer more changes no other. */
  random: DemoRandom;
  firstName: string;
  lastName: string;
  email: string;
  phone: string;
  country: string;
  plan: string;
  /** Null for one who only ever shows a card. */
  userId: string | null;
  /** Null for one who buys online only. */
  loyaltyId: string | null;
  cookie: string;
  campaign: Campaign;
  homeStore: Store;
  /** Share of the purchases that are made on the website. */
  onlineShare: number;
  joinDay: number;
  /** The first day without a purchase. */
  leaveDay: number;
  /** Mean days between purchases. */
  purchaseGapDays: number;
  /** In [0, 1]: what the feedback leans to. */
  contentment: number;
}

export function drawCustomer(number: number, seed: number, days: number): DemoCustomer {
  const random = createDemoRandom(seed * 1_000_003 + number);
  const firstName = random.pick(firstNames);
  const lastName = random.pick(lastNames);
  const habit = random.next();
  const isOnline = habit < 0.72;
  const hasCard = habit > 0.42;
  // A shop that grows: a third of the customers is there in the first month, the others come all year.
  const joinDay = random.chance(0.3) ? random.int(0, Math.min(30, days - 1)) : random.int(0, days - 1);
  const contentment = random.next();
  const stayDays = 30 + random.gap(120 + 300 * contentment);
  return {
    number,
    random,
    firstName,
    lastName,
    email: `${firstName}.${lastName}.${number}@mail.example`.toLowerCase(),
    phone: `+49151${String(50_000_000 + number)}`,
    country: random.pick(countries),
    plan: random.pick(plans),
    userId: isOnline ? `customer-${number}` : null,
    loyaltyId: hasCard ? `9${String(1_000_000 + number)}` : null,
    cookie: `cookie-${number}`,
    campaign: random.pick(campaigns),
    homeStore: random.chance(0.6) ? stores[0] : stores[1],
    onlineShare: !isOnline ? 0 : hasCard ? 0.5 : 1,
    joinDay,
    leaveDay: joinDay + Math.round(stayDays),
    purchaseGapDays: random.int(18, 75),
    contentment,
  };
}
