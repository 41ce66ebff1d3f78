/** What the measurement of ingest sends: one kind of request for each way in that differs in what it costs. */

export interface RequestKind {
  name: string;
  path: string;
  /** Touchpoints of a request. */
  batchSize: number;
  /** Requests under way at once: as many visitors, or a few servers. */
  concurrency: number;
  contentType: string;
  body(items: readonly object[], key: string): object;
  /** @param id of no other touchpoint of the run */
  item(id: string, number: number): object;
}

const time = '2026-03-01T12:00:00.000Z';
const userAgent =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36';

export const requestKinds: readonly RequestKind[] = [
  {
    name: 'single',
    path: '/v1/touchpoints',
    batchSize: 1,
    concurrency: 32,
    contentType: 'application/json',
    body: ([item = {}]) => item,
    item: orderCall,
  },
  {
    name: 'batches of 100',
    path: '/v1/batch',
    batchSize: 100,
    concurrency: 8,
    contentType: 'application/json',
    body: (batch) => ({ batch }),
    item: (id, number) => {
      const { id: messageId, ...call } = orderCall(id, number);
      return { messageId, ...call };
    },
  },
  {
    name: 'receipts, 20 each',
    path: '/v1/pos/receipts',
    batchSize: 20,
    concurrency: 8,
    contentType: 'application/json',
    body: (receipts) => receipts,
    item: receipt,
  },
  {
    name: 'Snowplow, 20 each',
    path: '/com.snowplowanalytics.snowplow/tp2',
    batchSize: 20,
    concurrency: 8,
    contentType: 'application/json; charset=UTF-8',
    body: (events, key) => ({
      schema: 'iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4',
      data: events.map((event) => ({ ...event, aid: key })),
    }),
    item: snowplowEvent,
  },
];

/** About 1 KB, as a browser sends an order. */
function orderCall(id: string, number: number) {
  return {
    id,
    type: 'track',
    event: 'Order Completed',
    userId: `user-${number % 50_000}`,
    anonymousId: `visitor-${id}`,
    timestamp: time,
    properties: {
      order_id: `order-${id}`,
      revenue: 12.5,
      currency: 'EUR',
      products: [
        { product_id: 'p1', sku: 'sku-1', name: 'A thing', price: 10.5, quantity: 1 },
        { product_id: 'p2', sku: 'sku-2', name: 'Another thing', price: 2, quantity: 1 },
      ],
    },
    context: {
      library: { name: 'analytics.js', version: '2.1.0' },
      page: {
        path: '/checkout',
        referrer: 'https://www.example.com/basket',
        title: 'Checkout',
        url: 'https://www.example.com/checkout',
      },
      userAgent,
      locale: 'de-DE',
      timezone: 'Europe/Berlin',
    },
  };
}

function receipt(id: string, number: number): object {
  return {
    id,
    store: 'store 7',
    register: String(number % 8),
    businessDay: '2026-03-01',
    sequence: number,
    time,
    currency: 'EUR',
    operator: 'clerk 12',
    lines: [
      { sku: 'sku-1', name: 'A thing', quantity: 2, unitPrice: 149 },
      { sku: 'sku-2', name: 'Another thing', quantity: 1, unitPrice: 220, discounts: [{ amount: 20 }] },
      { sku: 'sku-3', name: 'A third thing', quantity: 3, unitPrice: 99 },
    ],
    total: 795,
    tenders: [{ type: 'cash', amount: 1_000 }],
    change: 205,
    customer: { loyaltyId: `card-${number % 50_000}` },
  };
}

function snowplowEvent(id: string, number: number): object {
  return {
    e: 'se',
    eid: id,
    se_ca: 'basket',
    se_ac: 'add',
    se_la: 'sku-1',
    se_va: '2.5',
    duid: `visitor-${number % 50_000}`,
    uid: `user-${number % 50_000}`,
    p: 'web',
    tv: 'js-4.6.8',
    tna: 'sp',
    dtm: '1772366400000',
    stm: '1772366400000',
    url: 'https://www.example.com/basket',
    page: 'Basket',
    refr: 'https://www.example.com/',
    lang: 'de-DE',
    cs: 'UTF-8',
    res: '1920x1080',
    vp: '1280x720',
  };
}
