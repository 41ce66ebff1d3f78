/** An activity is a definition, not code: a named filter of touchpoints. Three ship; operators add others at run time. */
import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const activityClauseSchema = z.object({
  /** `type`, `name`, `source`, `channel`, `stage`, `sentiment` or `properties.<path>`; lists of properties are not read */
  field: z.string().regex(/^(type|name|source|channel|stage|sentiment|properties\.[^\s]{1,200})$/),
  op: z.enum(['eq', 'in', 'exists', 'gte', 'lte', 'prefix']),
  value: z.union([scalar, z.array(scalar).max(100)]).exactOptional(),
});

export const activityFilterSchema = z.object({
  all: z.array(activityClauseSchema).max(20).exactOptional(),
  any: z.array(activityClauseSchema).max(20).exactOptional(),
});
export type ActivityFilter = z.infer<typeof activityFilterSchema>;

export interface ActivityDefinition {
  name: string;
  filter: ActivityFilter;
  /**
   * True when it counts transactions: several touchpoints that name one count once, and refunds, voids, cancelled orders
   * and negative amounts do not count.
   */
  perTransaction: boolean;
  /** A transaction does not count once all that was paid for it was given back. Of activities that count transactions only. */
  exceptRefunded?: true;
}

export const purchaseActivity: ActivityDefinition = {
  name: 'purchase',
  filter: {
    // A page may have any name, that of the event among them.
    all: [{ field: 'type', op: 'in', value: ['track', 'receipt'] }],
    // A refund is never counted as a purchase, and lowers its revenue.
    any: [
      { field: 'name', op: 'in', value: ['Order Completed', 'Order Refunded'] },
      { field: 'type', op: 'eq', value: 'receipt' },
    ],
  },
  perTransaction: true,
};

/** Purchases that were kept, at least in part. */
export const netPurchaseActivity: ActivityDefinition = {
  ...purchaseActivity,
  name: 'netPurchase',
  exceptRefunded: true,
};

/** Whatever a customer did; identify, group and alias only say which customer it is. */
export const engagementActivity: ActivityDefinition = {
  name: 'engagement',
  filter: { all: [{ field: 'type', op: 'in', value: ['track', 'page', 'screen', 'receipt', 'feedback'] }] },
  perTransaction: false,
};

export const shippedActivities: readonly ActivityDefinition[] = [
  purchaseActivity,
  netPurchaseActivity,
  engagementActivity,
];
