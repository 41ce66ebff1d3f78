/** A small shop's life up to a moment: customers who come, buy, come back and stay away. The same for the same seed and moment. */
import { seededRandom } from '@throughline/testkit';

const dayMs = 86_400_000;
const firstNames = ['Ada', 'Ben', 'Chen', 'Dora', 'Emil', 'Fatima', 'Gita', 'Hugo', 'Ines', 'Jonas'];
const lastNames = ['Almeida', 'Brandt', 'Costa', 'Dubois', 'Eriksen', 'Fischer', 'Garcia', 'Haddad'];

/** Foreign texts that a page could take for markup, a script, or a formula. */
export const hostileTexts = [
  '<script>document.title="taken"</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg/onload=alert(1)>',
  "javascript:alert('x')",
  '{{constructor.constructor("alert(1)")()}}',
  '</style><style>*{display:none}</style>',
  '&lt;b&gt;bold&lt;/b&gt;',
  '‮evil‬ text',
];

export interface Shop {
  /** Items of `POST /v1/touchpoints`, in the order of time. */
  touchpoints: Record<string, unknown>[];
}

interface ShopOptions {
  seed: number;
  nowMs: number;
  days: number;
  customers: number;
}

export function createShop({ seed, nowMs, days, customers }: ShopOptions): Shop {
  const { below, pick } = seededRandom(seed);
  const random = (): number => below(1_000_000) / 1_000_000;
  const touchpoints: Record<string, unknown>[] = [];
  const add = (customer: number, atMs: number, item: Record<string, unknown>): void => {
    touchpoints.push({
      id: `shop-${customer}-${touchpoints.length}`,
      timestamp: new Date(Math.min(atMs, nowMs - 1_000)).toISOString(),
      ...item,
    });
  };
  for (let customer = 0; customer < customers; customer++) {
    const anonymousId = `visitor-${seed}-${customer}`;
    const userId = `customer-${customer}`;
    const interval = 3 + random() * 40;
    const begin = random() ** 1.4 * days;
    let at = nowMs - (days - begin) * dayMs;
    let orders = 0;
    add(customer, at - dayMs / 4, {
      type: 'page',
      name: 'Home',
      anonymousId,
      channel: customer % 3 === 0 ? 'app' : 'web',
      properties: { path: '/' },
    });
    add(customer, at, {
      type: 'identify',
      anonymousId,
      userId,
      traits: {
        ...(customer === 0 ? Object.fromEntries(hostileTexts.map((text) => [text, text])) : {}),
        firstName: hostileTexts[customer] ?? pick(firstNames),
        lastName: pick(lastNames),
        email: `${userId}@example.org`,
      },
    });
    while (at < nowMs && random() > 0.06) {
      orders++;
      add(customer, at, {
        type: 'track',
        name: hostileTexts[customer] ?? 'Product Viewed',
        userId,
        properties: { note: hostileTexts[customer] ?? 'none' },
        ...(hostileTexts[customer] === undefined ? {} : { sentiment: customer % 2 === 0 ? 0.5 : -0.5 }),
      });
      add(customer, at + 3_600_000, {
        type: 'track',
        name: 'Order Completed',
        userId,
        properties: {
          order_id: `O-${customer}-${orders}`,
          revenue: Math.round(random() * 9_000) / 100,
          currency: 'EUR',
        },
      });
      at += (0.4 + random() * 1.2) * interval * dayMs;
    }
  }
  touchpoints.sort((one, other) => (String(one['timestamp']) < String(other['timestamp']) ? -1 : 1));
  return { touchpoints };
}
