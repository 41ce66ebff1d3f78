/** What customers say: answers to surveys, calls to the service, reviews and recommendations. */
import type { DemoCustomer } from './demo-customer.ts';
import { dayMs, type CallEvent } from './demo-event.ts';

type Fields = Readonly<Record<string, unknown>>;

export function* feedbackAfter(customer: DemoCustomer, purchaseMs: number): Generator<CallEvent> {
  const { random, userId, loyaltyId, phone, contentment } = customer;
  const who: Fields =
    userId === null ? { identifiers: [{ type: 'loyalty_id', value: loyaltyId }] } : { userId };
  const call = (days: number, item: Fields): CallEvent => ({
    sender: 'backEnd',
    atMs: purchaseMs + days * dayMs + random.int(0, 3_600) * 1_000,
    item: { ...who, ...item },
  });
  const lean = Math.min(1, Math.max(0, contentment + (random.next() - 0.5) * 0.5));
  if (random.chance(0.12)) {
    yield call(2, survey('nps', Math.round(2 + lean * 8), lean));
  }
  if (random.chance(0.1)) yield call(1, survey('csat', 1 + Math.round(lean * 4), lean));
  if (lean < 0.4 && random.chance(0.3)) {
    yield call(1, {
      type: 'track',
      event: 'Support Called',
      channel: 'call_center',
      kind: 'human',
      handledBy: `agent-${random.int(1, 6)}`,
      sentiment: -0.6,
      context: { traits: { phone } },
    });
    yield call(1.1, survey('ces', 1 + Math.round(lean * 6), lean));
  }
  if (lean > 0.7 && random.chance(0.12)) {
    const event = random.chance(0.5) ? 'Product Reviewed' : 'Product Shared';
    yield call(6, {
      type: 'track',
      event,
      channel: 'social',
      owner: 'customer',
      mediaType: 'earned',
      sentiment: 0.8,
    });
  }
}

function survey(kind: 'nps' | 'csat' | 'ces', score: number, lean: number): Fields {
  return {
    type: 'feedback',
    name: kind.toUpperCase(),
    properties: { survey: kind, score },
    sentiment: Number((lean * 2 - 1).toFixed(1)),
  };
}
