/** What is sent, and by construction whose it is: the truth that the answers are compared with. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { seededRandom, type Random } from '@throughline/testkit';

export interface Sent {
  id: string;
  /** As the Segment API takes it. */
  item: Record<string, unknown>;
  /** The `user_id` whose profile it ends in; null for a kiosk's, which belongs to no customer. */
  person: string | null;
  /** Days since 1970. */
  day: number;
  isPurchase: boolean;
}

const dayMs = 86_400_000;

/** @param folder holds `cdnow/CDNOW_master.txt`; without it the touchpoints are generated */
export async function createWorkload(options: {
  folder: string | undefined;
  touchpoints: number;
  seed: number;
}): Promise<Sent[]> {
  const { folder, touchpoints, seed } = options;
  if (folder === undefined) return generate(touchpoints, seededRandom(seed));
  return await readCdnow(join(folder, 'cdnow', 'CDNOW_master.txt'), touchpoints);
}

/** Whole customers from the top of the file, so that a subset has repeat purchases. */
async function readCdnow(file: string, most: number): Promise<Sent[]> {
  const sent: Sent[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [customer = '', date = '', quantity, amount] = line.trim().split(/\s+/);
    number += 1;
    if (!/^\d+$/.test(customer)) continue;
    const person = `cdnow-${customer}`;
    if (sent.length >= most && person !== sent.at(-1)?.person) break;
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
    sent.push(
      purchase({ userId: person }, person, `cdnow-${number}`, Date.parse(day) / dayMs, Number(amount)),
    );
    Object.assign(sent.at(-1)?.item['properties'] as object, { quantity: Number(quantity) });
  }
  return sent;
}

const firstDay = Date.parse('2025-01-01') / dayMs;
const span = 300;

/**
 * Customers who buy under their name, visitors who buy first and sign in later, and a kiosk that more customers use than
 * any device of one person: links, memberships that move, and an identifier that becomes shared.
 */
function generate(count: number, random: Random): Sent[] {
  const sent: Sent[] = [];
  const nextId = (): string => `made-${sent.length}`;
  const someDay = (): number => firstDay + random.below(span);
  const add = (names: Record<string, string>, person: string | null): void => {
    const id = nextId();
    if (random.chance(0.7)) sent.push(purchase(names, person, id, someDay(), 1 + random.below(90)));
    else sent.push(view(names, person, id, someDay()));
  };
  for (let number = 0; sent.length < count; number += 1) {
    const person = `customer-${number}`;
    for (let left = 1 + random.below(6); left > 0; left -= 1) add({ userId: person }, person);
    if (random.chance(0.4)) {
      const visitor = `visitor-${number}`;
      for (let left = 1 + random.below(4); left > 0; left -= 1) add({ anonymousId: visitor }, person);
      const id = nextId();
      const item = { type: 'identify', messageId: id, userId: person, anonymousId: visitor };
      const day = someDay();
      sent.push({ id, item: { ...item, timestamp: noonOf(day) }, person, day, isPurchase: false });
    }
    if (number % 40 >= 8) continue;
    const kiosk = `kiosk-${Math.floor(number / 40)}`;
    const id = nextId();
    sent.push(view({ userId: person, anonymousId: kiosk }, person, id, someDay()));
    if (number % 40 === 7) for (let left = 3; left > 0; left -= 1) add({ anonymousId: kiosk }, null);
  }
  return sent;
}

function purchase(
  names: Record<string, string>,
  person: string | null,
  id: string,
  day: number,
  revenue: number,
): Sent {
  // A visitor's order with a number would be a profile of its own until a customer claims it.
  const order = names['userId'] === undefined ? {} : { order_id: `order-${id}` };
  const properties = { ...order, revenue, currency: 'USD' };
  const item = { type: 'track', event: 'Order Completed', messageId: id, timestamp: noonOf(day), properties };
  return { id, item: { ...item, ...names }, person, day, isPurchase: true };
}

function view(names: Record<string, string>, person: string | null, id: string, day: number): Sent {
  const item = { type: 'track', event: 'Product Viewed', messageId: id, timestamp: noonOf(day) };
  return { id, item: { ...item, ...names }, person, day, isPurchase: false };
}

function noonOf(day: number): string {
  return new Date(day * dayMs + dayMs / 2).toISOString();
}

/** Shuffled, a fifth twice, cut into batches of 1 to `most`. */
export function toBatches(sent: readonly Sent[], random: Random, most: number): Sent[][] {
  const all = [...sent, ...sent.filter(() => random.chance(0.2))];
  // Fisher-Yates: the testkit's draws by splice, which is quadratic.
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [all[last], all[other]] = [all[other] as Sent, all[last] as Sent];
  }
  const batches: Sent[][] = [];
  for (let start = 0; start < all.length;) {
    const size = 1 + random.below(most);
    batches.push(all.slice(start, start + size));
    start += size;
  }
  return batches;
}
