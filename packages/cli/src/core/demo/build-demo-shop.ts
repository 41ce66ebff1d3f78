/**
 * A shop's year as the items that are sent: the same ones for the same seed and day. What has happened by `nowMs` is in it,
 * so that no touchpoint lies in the future.
 */
import { campaigns, offlineRegister } from './demo-catalog.ts';
import { drawCustomer } from './demo-customer.ts';
import {
  dayMs,
  majorUnits,
  type DemoEvent,
  type CallEvent,
  type DemoItem,
  type ReceiptEvent,
} from './demo-event.ts';
import { atHour, browse, lifeOf, type Year } from './demo-life.ts';
import { createDemoRandom } from './demo-random.ts';
import { scenes } from './demo-scenes.ts';
import { numberReceipts } from './number-receipts.ts';

export interface DemoOptions {
  seed: number;
  /** The last day, `YYYY-MM-DD` in UTC. */
  until: string;
  customers: number;
  nowMs: number;
}

export interface DemoShop {
  /** In the order of their times. */
  items: DemoItem[];
  /** How many of the items are there twice, as browsers send again what was not answered: each counts once. */
  repeated: number;
  /** Receipts that a register uploads when everything else has arrived. */
  late: DemoItem[];
  /** How many of the items ingest has to refuse: a page is configured wrongly. */
  expectedRejects: number;
}

const days = 365;
const visitorsPerCustomer = 2;
const repeatedEvery = 150;

export function buildDemoShop(options: DemoOptions): DemoShop {
  const { seed, until, customers, nowMs } = options;
  const fromMs = Date.parse(`${until}T00:00:00Z`) - (days - 1) * dayMs;
  const endMs = Math.min(nowMs, fromMs + days * dayMs);
  const year: Year = { fromMs, days, orderPrefix: `W${until.replaceAll('-', '')}` };
  const prefix = `demo-${until.replaceAll('-', '')}-${seed}`;
  const groups: [string, DemoEvent[]][] = [
    ['s', [...scenes(year, createDemoRandom(seed))]],
    ['x', [...brokenOrders(year, seed)]],
    ...range(customers).map((number): [string, DemoEvent[]] => [
      `c${number}`,
      [...lifeOf(drawCustomer(number, seed, days), year)],
    ]),
    ...range(customers * visitorsPerCustomer).map((number): [string, DemoEvent[]] => [
      `v${number}`,
      [...visitor(number, seed, year)],
    ]),
  ];
  // Numbered within a group, so that the id of one event does not depend on those of other people.
  const happened = groups.flatMap(([group, events]) =>
    events
      .map((event, index) => ({ event, id: `${prefix}-${group}-${index}` }))
      .filter(({ event }) => event.atMs >= fromMs && event.atMs < endMs),
  );
  const calls = happened.flatMap(({ event, id }) => (event.sender === 'till' ? [] : [callItem(event, id)]));
  const receipts = numberReceipts(
    happened.flatMap(({ event, id }): { event: ReceiptEvent; id: string }[] =>
      event.sender === 'till' ? [{ event, id }] : [],
    ),
  );
  const offlineFromMs = fromMs + (days - offlineRegister.days) * dayMs;
  const isLate = ({ atMs, item }: DemoItem): boolean =>
    item['store'] === offlineRegister.store &&
    item['register'] === offlineRegister.register &&
    atMs >= offlineFromMs;
  const repeated = calls.filter(({ sender }, index) => sender === 'website' && index % repeatedEvery === 0);
  return {
    items: [...calls, ...repeated, ...receipts.filter((receipt) => !isLate(receipt))].toSorted(byTime),
    late: receipts.filter(isLate).toSorted(byTime),
    repeated: repeated.length,
    expectedRejects: [...calls, ...repeated].filter(({ item }) => isBroken(item)).length,
  };
}

function byTime(one: DemoItem, other: DemoItem): number {
  return one.atMs - other.atMs || (one.id < other.id ? -1 : 1);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index + 1);
}

function callItem({ sender, atMs, item }: CallEvent, id: string): DemoItem {
  const timestamp = new Date(atMs).toISOString();
  return { sender, id, atMs, item: { messageId: id, timestamp, ...item } };
}

/** One who looks around and is never seen again. */
function visitor(number: number, seed: number, year: Year): Generator<CallEvent> {
  const random = createDemoRandom(seed * 999_983 + number);
  const found = random.chance(0.7) ? random.pick(campaigns) : null;
  const atMs = atHour(year, random, random.int(0, year.days - 1));
  return browse(`visitor-${seed}-${number}`, null, atMs, random, found);
}

/** A new page writes amounts as people do: ingest refuses what is no number, and says so. */
function* brokenOrders(year: Year, seed: number): Generator<CallEvent> {
  const random = createDemoRandom(seed + 77);
  for (let order = 1; order <= 12; order += 1) {
    const atMs = atHour(year, random, year.days - 8 - (order % 4));
    const properties = {
      order_id: `${year.orderPrefix}-broken-${order}`,
      revenue: `${majorUnits(random.int(900, 9_900))} €`.replace('.', ','),
      currency: 'EUR',
    };
    yield {
      sender: 'website',
      atMs,
      item: { type: 'track', event: 'Order Completed', anonymousId: `visitor-broken-${order}`, properties },
    };
  }
}

function isBroken(item: DemoItem['item']): boolean {
  return typeof (item['properties'] as { revenue?: unknown } | undefined)?.revenue === 'string';
}
