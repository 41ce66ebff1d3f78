/** The three activities that ship, and what is a sale, spelled out a second time. */
import type { ActivityDefinition } from '@throughline/contracts';
import type { WorldTouchpoint } from './world.ts';

/**
 * An order is completed by a track of that name, never by a page that happens to be called so; a receipt is a purchase. What gives
 * money back is of the activity, and no sale.
 */
export const referencePurchase: ActivityDefinition = {
  name: 'purchase',
  filter: {
    all: [{ field: 'type', op: 'in', value: ['receipt', 'track'] }],
    any: [
      { field: 'type', op: 'eq', value: 'receipt' },
      { field: 'name', op: 'eq', value: 'Order Completed' },
      { field: 'name', op: 'eq', value: 'Order Refunded' },
    ],
  },
  perTransaction: true,
};

/** As purchases, but for those of which everything was given back. */
export const referenceNetPurchase: ActivityDefinition = {
  ...referencePurchase,
  name: 'netPurchase',
  exceptRefunded: true,
};

/** Everything but identify, group and alias, which only say which customer it is. */
export const referenceEngagement: ActivityDefinition = {
  name: 'engagement',
  filter: {
    any: ['feedback', 'page', 'receipt', 'screen', 'track'].map((type) => ({
      field: 'type',
      op: 'eq',
      value: type,
    })),
  },
  perTransaction: false,
};

/** A refund gives money back, and the sale stays one; `undone` means that there was no sale after all. */
export type SaleRole = 'sale' | 'refund' | 'undone';

export function saleRoleOf({ type, name, properties = {} }: WorldTouchpoint): SaleRole {
  if (type === 'track' && name === 'Order Cancelled') return 'undone';
  if (type === 'track' && name === 'Order Refunded') return 'refund';
  if (type === 'receipt') {
    const { kind, voidOf, refundOf } = properties;
    if (kind === 'void' || kind === 'cancellation') return 'undone';
    if (kind === 'refund' || kind === 'return') return 'refund';
    if (isGiven(voidOf)) return 'undone';
    if (isGiven(refundOf)) return 'refund';
  }
  const { revenue, total, value } = properties;
  const amount = [revenue, total, value].find(isGiven);
  return amount !== undefined && Number(amount) < 0 ? 'refund' : 'sale';
}

function isGiven(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
}
