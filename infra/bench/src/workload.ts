/**
 * Touchpoints for the benchmark, made from their number alone: the same seed gives the same stream in the driver, in
 * the bare chain and in the calculation of the expected figures. A benchmark whose figures differ from them fails.
 */

export const workloadNames = ['shop', 'orders', 'visits'] as const;
export type WorkloadName = (typeof workloadNames)[number];

export interface BenchTouchpoint {
  messageId: string;
  type: 'page' | 'track' | 'identify';
  event: string | null;
  anonymousId: string | null;
  userId: string | null;
  email: string | null;
  orderId: string | null;
  /** Milliseconds of the epoch. */
  at: number;
}

/** A stretch of a stream, as its maker and its readers name it. */
export interface StreamRef {
  workload: WorkloadName;
  touchpoints: number;
  nowMs: number;
  /** Makes the ids of this run differ from those of another on the same data. */
  run: string;
  /** Touchpoints of the run that went before, whose visitors come back. None when it is missing. */
  from?: number;
  /** Touchpoints of the whole run, from which follows how many visitors it has. This stretch alone when it is missing. */
  ofTouchpoints?: number;
}

export interface Workload {
  name: WorkloadName;
  /** @param index from 0 within the stretch */
  touchpoint(index: number): BenchTouchpoint;
  /** Customers of the stretch, by a name that no other run gives: each counts as active on the day, in the window. */
  customers: ReadonlySet<string>;
  expected: { day: string; window: number; activity: 'purchase' };
}

const dayMs = 86_400_000;

/** Last touchpoints of a stretch: each by a new customer, so that the figures are complete only when all partitions are. */
const closingCustomers = 200;

/** One in this many visits is seen late, from a till or a phone that was offline. */
const lateShare = 0.05;

export function createWorkload(stream: StreamRef): Workload {
  const { workload: name, touchpoints, nowMs, run, from = 0, ofTouchpoints = touchpoints } = stream;
  const make = {
    shop: () => shopTouchpoint(ofTouchpoints, nowMs, run),
    orders: () => orderTouchpoint(ofTouchpoints, run),
    visits: () => visitTouchpoint(nowMs, run),
  }[name]();
  const touchpoint = (index: number): BenchTouchpoint =>
    index < touchpoints - closingCustomers
      ? make(from + index)
      : closing(from + index, name === 'orders' ? oldestDay : nowMs, run);
  const customers = new Set<string>();
  for (let index = 0; index < touchpoints; index += 1) {
    const { event, userId, anonymousId } = touchpoint(index);
    if (event === 'Order Completed') customers.add(visitorOf(userId ?? anonymousId ?? ''));
  }
  return {
    name,
    touchpoint,
    customers,
    expected: {
      day: name === 'orders' ? '1998-06-30' : new Date(nowMs).toISOString().slice(0, 10),
      window: name === 'orders' ? 365 : 90,
      activity: 'purchase',
    },
  };
}

/**
 * A shop's website: one visitor for ten touchpoints, some of them far more often than others; two in five sign in at
 * some time; one touchpoint in twenty is an order, with its order id.
 */
function shopTouchpoint(touchpoints: number, nowMs: number, run: string): (index: number) => BenchTouchpoint {
  const visitors = Math.max(1, Math.floor(touchpoints / 10));
  return (index) => {
    // Squared: a few visitors come often, most seldom.
    const visitor = Math.floor(random(index, 1) ** 2 * visitors);
    const isKnown = random(visitor, 2) < 0.4;
    // Device 1 of a known customer never appears without the sign-in, so that one visitor is one profile.
    const device = isKnown && random(index, 3) < 0.2 ? 1 : 0;
    const signedIn = isKnown && (device === 1 || random(index, 4) < 0.5);
    const what = random(index, 5);
    const base = {
      messageId: `${run}-${index}`,
      anonymousId: `a${device}-${run}-v${visitor}`,
      userId: signedIn ? `u-${run}-v${visitor}` : null,
      email: null,
      orderId: null,
      at:
        nowMs -
        Math.floor(random(index, 6) < lateShare ? random(index, 7) * 30 * dayMs : random(index, 7) * 60_000),
    };
    if (signedIn && what < 0.1) {
      return { ...base, type: 'identify', event: null, email: `v${visitor}.${run}@shop.example` };
    }
    // A known customer orders signed in: an order of a device that is never signed in on would be another profile's.
    if (what > 0.95 && (!isKnown || signedIn)) {
      return { ...base, type: 'track', event: 'Order Completed', orderId: `o-${run}-${index}` };
    }
    if (what > 0.7) return { ...base, type: 'track', event: 'Product Viewed' };
    return { ...base, type: 'page', event: null };
  };
}

const oldestDay = Date.UTC(1997, 6, 1, 12);

/** An import: one order a touchpoint, three for a customer, on random days of a year long closed. */
function orderTouchpoint(touchpoints: number, run: string): (index: number) => BenchTouchpoint {
  const customers = Math.max(1, Math.floor(touchpoints / 3));
  return (index) => ({
    messageId: `${run}-${index}`,
    type: 'track',
    event: 'Order Completed',
    anonymousId: null,
    userId: `u-${run}-v${Math.floor(random(index, 1) * customers)}`,
    email: null,
    orderId: `o-${run}-${index}`,
    at: oldestDay + Math.floor(random(index, 2) * 365) * dayMs,
  });
}

const regulars = 10;
const visitDays = 3_650;
/** Touchpoints of `visits` until each of its customers has come every day for ten years. */
export const tenYearsOfVisits = regulars * visitDays;

/**
 * Ten customers who come every day for ten years, in order of time; from then on, visits of theirs that are seen late, on any
 * of these days. A run that begins there has the same customers' visits without the years before.
 */
function visitTouchpoint(nowMs: number, run: string): (index: number) => BenchTouchpoint {
  return (index) => {
    const day =
      index < tenYearsOfVisits ? Math.floor(index / regulars) : Math.floor(random(index, 1) * visitDays);
    const daysAgo = visitDays - day;
    // Orders only where the window of the figure that is waited for sees them.
    const isOrder = daysAgo < 80 && random(index, 2) < 0.1;
    return {
      messageId: `${run}-${index}`,
      type: isOrder ? 'track' : 'page',
      event: isOrder ? 'Order Completed' : null,
      anonymousId: null,
      userId: `u-${run}-v${index % regulars}`,
      email: null,
      orderId: isOrder ? `o-${run}-${index}` : null,
      at: nowMs - daysAgo * dayMs,
    };
  };
}

function closing(index: number, at: number, run: string): BenchTouchpoint {
  return {
    messageId: `${run}-${index}`,
    type: 'track',
    event: 'Order Completed',
    anonymousId: null,
    userId: `u-${run}-last${index}`,
    email: null,
    orderId: `o-${run}-${index}`,
    at,
  };
}

/** Of whichever of its identifiers, with its run. */
function visitorOf(identifier: string): string {
  return identifier.slice(identifier.indexOf('-') + 1);
}

/** In [0, 1), a function of the two numbers: splitmix32 over their mix. */
function random(index: number, salt: number): number {
  let z = (Math.imul(index + 1, 0x9e3779b9) + Math.imul(salt, 0x85ebca6b)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
}

/** About 1 KB, as a browser client sends it. Concatenated: the driver must not be what is measured. */
export function jsonOf(touchpoint: BenchTouchpoint): string {
  const { type, event, messageId, anonymousId, userId, email, orderId, at } = touchpoint;
  const page = at % 997;
  return (
    `{"type":"${type}","messageId":"${messageId}","timestamp":"${new Date(at).toISOString()}"` +
    (event === null ? '' : `,"event":"${event}"`) +
    (type === 'page' ? `,"name":"Product ${page}"` : '') +
    (anonymousId === null ? '' : `,"anonymousId":"${anonymousId}"`) +
    (userId === null ? '' : `,"userId":"${userId}"`) +
    (type === 'identify' ? `,"traits":{"email":"${email}","plan":"standard","city":"Utrecht"}` : '') +
    (type === 'identify'
      ? ''
      : `,"properties":{${orderId === null ? '' : `"order_id":"${orderId}","revenue":${(page / 7).toFixed(2)},"currency":"EUR",`}` +
        `"url":"https://shop.example/products/${page}","path":"/products/${page}","title":"Product ${page} | Shop","product_id":"p${page}"}`) +
    `,"context":${sameForAll}}`
  );
}

const sameForAll = JSON.stringify({
  userAgent:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36',
  locale: 'nl-NL',
  timezone: 'Europe/Amsterdam',
  library: { name: 'analytics.js', version: 'next-1.70.0' },
  campaign: { name: 'autumn', source: 'newsletter', medium: 'email' },
  screen: { width: 1920, height: 1080, density: 2 },
  filler: 'x'.repeat(400),
});
