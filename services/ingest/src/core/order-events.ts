/** Order and checkout events of Segment's "Ecommerce events v2": those whose specification has `order_id`. */
export const orderEvents: ReadonlySet<string> = new Set([
  'Order Completed',
  'Order Updated',
  'Order Refunded',
  'Order Cancelled',
  'Checkout Started',
  'Checkout Step Viewed',
  'Checkout Step Completed',
  'Payment Info Entered',
]);
