/** Decides receipts as the service would; tests change what they are about. */
import type { Touchpoint } from '@throughline/contracts';
import { decideReceipt, type ReceiptContext } from '../../../src/core/pos/decide-receipt.ts';
import type { Decision } from '../../../src/core/decide-touchpoint.ts';
import type { Rejection } from '../../../src/core/rejection.ts';
import { itemContext } from '../item-decisions.ts';

export const receivedAt = '2026-03-02T07:00:00.000Z';

const context: ReceiptContext = {
  ...itemContext,
  dialect: 'receipt',
  source: 'server',
  receivedAtMs: Date.parse(receivedAt),
  receivedAt,
  digest: (text) => text,
  timeZone: 'UTC',
};

export const sale = {
  store: 'Berlin 7',
  register: '2',
  businessDay: '2026-03-01',
  sequence: 1417,
  time: '2026-03-01T18:04:31Z',
  currency: 'EUR',
  lines: [
    { sku: 'a', quantity: 2, unitPrice: 149 },
    { sku: 'b', quantity: 0.734, unitPrice: 299, discounts: [{ amount: 19 }] },
  ],
  total: 498,
  tenders: [{ type: 'cash', amount: 500 }],
  change: 2,
};

export function decide(receipt: unknown, changes: Partial<ReceiptContext> = {}): Decision {
  return decideReceipt(receipt, { ...context, ...changes });
}

export function accepted(receipt: unknown, changes: Partial<ReceiptContext> = {}): Touchpoint {
  const decision = decide(receipt, changes);
  if (!decision.ok) throw new Error(`rejected: ${JSON.stringify(decision.rejection)}`);
  return decision.touchpoint;
}

export function rejected(receipt: unknown, changes: Partial<ReceiptContext> = {}): Rejection {
  const decision = decide(receipt, changes);
  if (decision.ok) throw new Error(`accepted: ${JSON.stringify(decision.touchpoint)}`);
  return decision.rejection;
}
