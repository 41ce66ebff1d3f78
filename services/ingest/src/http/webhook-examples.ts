/** What the senders of webhooks send, for `/openapi.json`: as much of it as makes a receipt. */
import { receiptExample } from './receipt-route.ts';

export const shopifyExample = {
  id: 6204417781861,
  name: '#2041',
  created_at: '2026-03-01T10:04:11-05:00',
  currency: 'USD',
  email: 'ada@example.org',
  source_name: 'web',
  taxes_included: false,
  total_price: '26.12',
  total_tax: '2.12',
  line_items: [
    {
      sku: 'TEE-1',
      title: 'T-shirt',
      quantity: 1,
      price: '24.00',
      tax_lines: [{ price: '2.12', rate: 0.08875 }],
    },
  ],
};

export const squareExample = {
  merchant_id: 'MLH4T0Q2B7C9D',
  type: 'payment.updated',
  event_id: '5c1f2a40-8b0e-49b4-9a55-1c2f6de0a711',
  created_at: '2026-03-01T17:42:19.402Z',
  data: {
    type: 'payment',
    id: 'vT9qLx3Kc0mWbRzPf6UeYh2sJdNZY',
    object: {
      payment: {
        id: 'vT9qLx3Kc0mWbRzPf6UeYh2sJdNZY',
        status: 'COMPLETED',
        created_at: '2026-03-01T17:42:11.871Z',
        amount_money: { amount: 2350, currency: 'USD' },
        total_money: { amount: 2350, currency: 'USD' },
        source_type: 'CARD',
        location_id: 'LH2R9S5VQ8XWA',
      },
    },
  },
};

export const standardExample = {
  type: 'receipt.created',
  timestamp: '2026-03-01T17:04:33Z',
  data: receiptExample,
};
