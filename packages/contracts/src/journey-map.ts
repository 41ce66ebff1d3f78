/**
 * The journey map: rules that give a touchpoint its stage. First matching rule wins. The default covers the Segment
 * e-commerce events (Segment, "Ecommerce events v2" specification), page and screen views, feedback, and receipts from
 * points of sale.
 */
import { z } from 'zod';

const journeyPhases = ['pre-purchase', 'purchase', 'post-purchase'] as const;

/** Matches a touchpoint that fulfils every condition in `when`; without conditions, any touchpoint. */
const ruleSchema = z.object({
  when: z.object({
    type: z.string().exactOptional(),
    names: z.array(z.string()).min(1).exactOptional(),
    source: z.string().exactOptional(),
    channel: z.string().exactOptional(),
  }),
  stage: z.string(),
});

export const journeyMapSchema = z.object({
  version: z.int().positive(),
  /** A profile without engagement for this many days has lapsed. */
  lapseDays: z.int().min(1).max(3650),
  stages: z
    .array(z.object({ name: z.string().min(1).max(50), phase: z.enum(journeyPhases) }))
    .min(1)
    .max(20),
  rules: z.array(ruleSchema).max(500),
});
export type JourneyMap = z.infer<typeof journeyMapSchema>;

export const defaultJourneyMap: JourneyMap = {
  version: 1,
  lapseDays: 90,
  stages: [
    { name: 'awareness', phase: 'pre-purchase' },
    { name: 'consideration', phase: 'pre-purchase' },
    { name: 'purchase', phase: 'purchase' },
    { name: 'consumption', phase: 'post-purchase' },
    { name: 'engagement', phase: 'post-purchase' },
    { name: 'loyalty', phase: 'post-purchase' },
  ],
  rules: [
    { when: { type: 'receipt' }, stage: 'purchase' },
    { when: { type: 'track', names: ['Order Completed', 'Order Updated'] }, stage: 'purchase' },
    { when: { type: 'track', names: ['Order Refunded', 'Order Cancelled'] }, stage: 'consumption' },
    {
      when: { type: 'track', names: ['Product Shared', 'Cart Shared', 'Product Reviewed'] },
      stage: 'loyalty',
    },
    {
      when: {
        type: 'track',
        names: [
          'Product Clicked',
          'Product Viewed',
          'Product Added',
          'Product Removed',
          'Cart Viewed',
          'Product Added to Wishlist',
          'Product Removed from Wishlist',
          'Wishlist Product Added to Cart',
          'Checkout Started',
          'Checkout Step Viewed',
          'Checkout Step Completed',
          'Payment Info Entered',
        ],
      },
      stage: 'consideration',
    },
    {
      when: {
        type: 'track',
        names: [
          'Products Searched',
          'Product List Viewed',
          'Product List Filtered',
          'Promotion Viewed',
          'Promotion Clicked',
        ],
      },
      stage: 'awareness',
    },
    { when: { type: 'page' }, stage: 'awareness' },
    { when: { type: 'screen' }, stage: 'awareness' },
    { when: { type: 'feedback' }, stage: 'engagement' },
  ],
};

/** The stage of a touchpoint, or null when no rule matches it. */
export function stageOf(
  map: JourneyMap,
  touchpoint: { type: string; name: string | null; source: string; channel?: string | undefined },
): string | null {
  for (const { when, stage } of map.rules) {
    if (when.type !== undefined && when.type !== touchpoint.type) continue;
    if (when.source !== undefined && when.source !== touchpoint.source) continue;
    if (when.channel !== undefined && when.channel !== touchpoint.channel) continue;
    if (when.names !== undefined && !(touchpoint.name !== null && when.names.includes(touchpoint.name)))
      continue;
    return stage;
  }
  return null;
}
