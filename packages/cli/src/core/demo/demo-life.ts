/** One customer's year: visits, sign-up, purchases on the website and in a store, returns, feedback and letters. */
import { articles, type Campaign } from './demo-catalog.ts';
import type { DemoCustomer } from './demo-customer.ts';
import {
  basketTotal,
  dayMs,
  majorUnits,
  type BasketLine,
  type CallEvent,
  type DemoEvent,
} from './demo-event.ts';
import { feedbackAfter } from './demo-feedback.ts';
import type { DemoRandom } from './demo-random.ts';

export interface Year {
  /** Midnight UTC of the first day. */
  fromMs: number;
  days: number;
  /** Begins the numbers of orders, so that two demos in one deployment share none. */
  orderPrefix: string;
}

export function* lifeOf(customer: DemoCustomer, year: Year): Generator<DemoEvent> {
  const { random, joinDay } = customer;
  const lastDay = Math.min(customer.leaveDay, year.days);
  if (customer.userId !== null) yield* signUp(customer, atHour(year, random, joinDay));
  let purchases = 0;
  for (let day = joinDay; day < lastDay; day += 1 + Math.round(random.gap(customer.purchaseGapDays))) {
    if (!isOpen(random, day, year)) continue;
    purchases += 1;
    const atMs = atHour(year, random, day);
    yield* random.chance(customer.onlineShare)
      ? buyOnline(customer, atMs, `${year.orderPrefix}-${customer.number}-${purchases}`)
      : buyInStore(customer, atMs, purchases);
    yield* feedbackAfter(customer, atMs);
  }
  if (customer.userId === null) return;
  for (let day = joinDay + 5; day < lastDay; day += random.int(12, 45)) {
    yield* browse(customer.cookie, customer.userId, atHour(year, random, day), random, null);
  }
  yield* letters(customer, year, lastDay);
}

/** Fewer purchases in summer, most in the eight weeks before the end of the year. */
function isOpen(random: DemoRandom, day: number, { fromMs }: Year): boolean {
  const month = new Date(fromMs + day * dayMs).getUTCMonth();
  return random.chance(month >= 10 ? 1 : month === 6 || month === 7 ? 0.6 : 0.8);
}

export function atHour({ fromMs }: Year, random: DemoRandom, day: number): number {
  return fromMs + day * dayMs + random.int(8 * 60, 20 * 60) * 60_000 + random.int(0, 59) * 1_000;
}

function* signUp(customer: DemoCustomer, atMs: number): Generator<CallEvent> {
  const { random, cookie, userId, email, firstName, lastName, country, plan, campaign, loyaltyId } = customer;
  yield* browse(cookie, null, atMs - random.int(2, 90) * 60_000, random, campaign);
  yield {
    sender: 'website',
    atMs,
    item: { type: 'identify', anonymousId: cookie, userId, traits: { firstName, lastName }, channel: 'web' },
  };
  const card = loyaltyId === null ? {} : { identifiers: [{ type: 'loyalty_id', value: loyaltyId }] };
  yield {
    sender: 'backEnd',
    atMs: atMs + 1_000,
    item: {
      type: 'identify',
      userId,
      traits: { firstName, lastName, email, country, plan },
      context: { consent: { categoryPreferences: { marketing: random.chance(0.7), analytics: true } } },
      ...card,
    },
  };
}

/** A visit without a purchase. */
export function* browse(
  cookie: string,
  userId: string | null,
  atMs: number,
  random: DemoRandom,
  campaign: Campaign | null,
): Generator<CallEvent> {
  const who = userId === null ? { anonymousId: cookie } : { anonymousId: cookie, userId };
  const { source, medium, name, mediaType } = campaign ?? {};
  const found = campaign === null ? {} : { context: { campaign: { source, medium, name } }, mediaType };
  const call = (seconds: number, item: Readonly<Record<string, unknown>>): CallEvent => ({
    sender: 'website',
    atMs: atMs + seconds * 1_000,
    item: { ...who, ...item, channel: 'web', kind: 'digital' },
  });
  yield call(0, { type: 'page', name: 'Home', properties: { path: '/' }, ...found });
  const { sku, name: product, category, price } = random.pick(articles);
  if (random.chance(0.5)) {
    yield call(25, { type: 'track', event: 'Product List Viewed', properties: { category } });
  }
  if (random.chance(0.6)) {
    const properties = {
      product_id: sku,
      name: product,
      category,
      price: majorUnits(price),
      currency: 'EUR',
    };
    yield call(60, { type: 'track', event: 'Product Viewed', properties });
    if (random.chance(0.2)) yield call(110, { type: 'track', event: 'Product Added', properties });
  }
}

function* buyOnline(customer: DemoCustomer, atMs: number, orderId: string): Generator<CallEvent> {
  const { random, cookie, userId, email } = customer;
  // One of ten forgets to sign in: the cookie and the order number lead to the customer all the same.
  const who = random.chance(0.1) ? { anonymousId: cookie } : { anonymousId: cookie, userId };
  const lines = drawBasket(random);
  const revenue = majorUnits(basketTotal(lines));
  const products = lines.map(({ article, quantity }) => ({
    product_id: article.sku,
    name: article.name,
    category: article.category,
    price: majorUnits(article.price),
    quantity,
  }));
  const cost = majorUnits(lines.reduce((sum, { article, quantity }) => sum + article.cost * quantity, 0));
  const page = (seconds: number, event: string, properties: object): CallEvent => ({
    sender: 'website',
    atMs: atMs - seconds * 1_000,
    item: { ...who, type: 'track', event, properties, channel: 'web', kind: 'digital' },
  });
  for (const [index, product] of products.entries()) {
    yield page(400 - index * 40, 'Product Viewed', product);
    yield page(380 - index * 40, 'Product Added', product);
  }
  yield page(120, 'Checkout Started', { order_id: orderId, revenue, currency: 'EUR' });
  // The browser and the back end report the same order: it counts once.
  yield page(0, 'Order Completed', { order_id: orderId, revenue, currency: 'EUR', products });
  const backEnd = (delayMs: number, item: Readonly<Record<string, unknown>>): CallEvent => ({
    sender: 'backEnd',
    atMs: atMs + delayMs,
    item: { userId, type: 'track', channel: 'web', context: { traits: { email } }, ...item },
  });
  yield backEnd(2_000, {
    event: 'Order Completed',
    properties: { order_id: orderId, revenue, cost, currency: 'EUR', products },
  });
  if (!random.chance(0.07)) return;
  const returned = random.pick([products[0], products.at(-1)]);
  const refunded = returned === undefined ? revenue : returned.price;
  yield backEnd(random.int(3, 14) * dayMs, {
    event: 'Order Refunded',
    properties: { order_id: orderId, revenue: refunded, currency: 'EUR' },
    sentiment: -0.3,
  });
}

function* buyInStore(customer: DemoCustomer, atMs: number, purchase: number): Generator<DemoEvent> {
  const { random, homeStore, loyaltyId, email, number } = customer;
  const lines = drawBasket(random);
  const register = random.pick(homeStore.registers);
  const card = loyaltyId === null ? { email } : { loyaltyId };
  const receipt = {
    key: `${number}-${purchase}`,
    kind: 'sale' as const,
    store: homeStore.name,
    register,
    lines,
    // One of eight forgets the card: such a receipt is sales, and no customer.
    customer: random.chance(0.125) ? null : card,
    amends: null,
  };
  yield { sender: 'till', atMs, receipt };
  if (random.chance(0.01)) {
    const amended = { ...receipt, key: `${receipt.key}-void`, kind: 'void' as const, amends: receipt.key };
    yield { sender: 'till', atMs: atMs + 240_000, receipt: amended };
  } else if (random.chance(0.04)) {
    const amended = {
      ...receipt,
      key: `${receipt.key}-return`,
      kind: 'refund' as const,
      amends: receipt.key,
    };
    yield {
      sender: 'till',
      atMs: atMs + random.int(1, 20) * dayMs,
      receipt: { ...amended, lines: lines.slice(0, 1).map((line) => ({ ...line, quantity: 1 })) },
    };
  }
}

/** A letter a month; some are opened, fewer lead to the shop. */
function* letters({ random, userId }: DemoCustomer, year: Year, lastDay: number): Generator<CallEvent> {
  const call = (event: string, atMs: number): CallEvent => ({
    sender: 'backEnd',
    atMs,
    item: { type: 'track', event, userId, channel: 'email', mediaType: 'owned', initiator: 'firm' },
  });
  for (let day = 9; day < lastDay; day += 30) {
    if (!random.chance(0.3)) continue;
    const atMs = atHour(year, random, day);
    yield call('Promotion Viewed', atMs);
    if (random.chance(0.3)) yield call('Promotion Clicked', atMs + 40_000);
  }
}

export function drawBasket(random: DemoRandom): BasketLine[] {
  return Array.from({ length: random.int(1, 3) }, () => ({
    article: random.pick(articles),
    quantity: random.chance(0.15) ? 2 : 1,
  }));
}
