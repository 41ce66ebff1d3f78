/** Records as identity would send them, for measuring the handler by itself. */
import { createHash } from 'node:crypto';
import type { ResolvedRecord } from '@throughline/contracts';

export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export interface SyntheticOptions {
  touchpoints: number;
  people: number;
  /** Days over which they are spread, back from the last. 1 is all on one day. */
  days: number;
  lastInstant: number;
  seed: number;
  /** Share of purchases; the others are page views. */
  purchases: number;
}

/** Purchases with an order number, and page views; every person is a root and a profile. */
export function* syntheticRecords(options: SyntheticOptions): Generator<ResolvedRecord> {
  let state = options.seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const receivedAt = new Date(options.lastInstant).toISOString();
  for (let index = 0; index < options.touchpoints; index++) {
    const person = uuidOf(`person ${Math.floor(random() * options.people)}`);
    const isPurchase = random() < options.purchases;
    const back = options.days === 1 ? 0 : Math.floor(random() * options.days) * 86_400_000;
    const occurredAt = new Date(options.lastInstant - back - Math.floor(random() * 3_600_000)).toISOString();
    yield {
      kind: 'touchpoint.resolved',
      shard: 'bench',
      sequence: index,
      touchpoint: {
        key: uuidOf(`touchpoint ${options.seed} ${index}`),
        id: `bench-${options.seed}-${index}`,
        source: 'server',
        type: isPurchase ? 'track' : 'page',
        name: isPurchase ? 'Order Completed' : 'Home',
        occurredAt,
        receivedAt,
        trust: 'server',
        properties: isPurchase
          ? {
              order_id: `o-${index}`,
              revenue: 19.99,
              currency: 'EUR',
              products: [{ sku: 'a-1', quantity: 2 }],
            }
          : { path: '/home', url: 'https://shop.example/home', title: 'Home' },
      },
      identifier: person,
      assignmentVersion: 0,
      assignmentCause: null,
      memberships: [
        { identifier: person, version: 0, root: person, profile: person, identifying: true, type: 'user_id' },
      ],
      transaction: isPurchase ? uuidOf(`order ${options.seed} ${index}`) : null,
      amends: null,
      requestId: 'bench',
    };
  }
}
