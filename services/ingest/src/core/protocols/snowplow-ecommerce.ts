/**
 * Snowplow's e-commerce actions (schema `snowplow_ecommerce_action`, with entities beside it) under the names that Segment
 * gives to the same things, which is what the journey map and the activities know.
 */
import { isJsonObject, type JsonObject } from '../json-value.ts';
import { withoutAbsent } from './mapped-item.ts';

const eventNames: Readonly<Record<string, string>> = {
  product_view: 'Product Viewed',
  list_view: 'Product List Viewed',
  list_click: 'Product Clicked',
  add_to_cart: 'Product Added',
  remove_from_cart: 'Product Removed',
  checkout_step: 'Checkout Step Completed',
  transaction: 'Order Completed',
  refund: 'Order Refunded',
  promo_view: 'Promotion Viewed',
  promo_click: 'Promotion Clicked',
};

const entityPrefix = 'iglu:com.snowplowanalytics.snowplow.ecommerce/';

/** One `{schema, data}` of Snowplow's. */
export interface SelfDescribing {
  schema: string;
  data: unknown;
}

export function isEcommerceAction(schema: string): boolean {
  return schema.startsWith(`${entityPrefix}snowplow_ecommerce_action/`);
}

/** Null for an action that has no counterpart. */
export function mapEcommerceAction(
  action: JsonObject,
  entities: readonly SelfDescribing[],
): { event: string; properties: JsonObject } | null {
  const type = action['type'];
  if (typeof type !== 'string' || !Object.hasOwn(eventNames, type)) return null;
  const { type: _type, ...rest } = action;
  const order = entity(entities, type === 'refund' ? 'refund' : 'transaction');
  const step = entity(entities, 'checkout_step');
  const products = ofKind(entities, 'product').map(mapProduct);
  return {
    event: eventNames[type] as string,
    properties: withoutAbsent({
      ...rest,
      ...step,
      ...(order === null ? null : mapOrder(order, type)),
      products: products.length === 0 ? null : products,
    }),
  };
}

/** What the entity `user` says about the person; null without one. */
export function ecommerceUser(entities: readonly SelfDescribing[]): JsonObject | null {
  return entity(entities, 'user');
}

function mapOrder(order: JsonObject, type: string): JsonObject {
  const { transaction_id, revenue, refund_amount, ...rest } = order;
  return { ...rest, order_id: transaction_id, revenue: type === 'refund' ? refund_amount : revenue };
}

function mapProduct(product: JsonObject): JsonObject {
  const { id, ...rest } = product;
  return { product_id: id, ...rest };
}

function entity(entities: readonly SelfDescribing[], name: string): JsonObject | null {
  return ofKind(entities, name)[0] ?? null;
}

function ofKind(entities: readonly SelfDescribing[], name: string): JsonObject[] {
  return entities
    .filter(({ schema }) => schema.startsWith(`${entityPrefix}${name}/`))
    .map(({ data }) => data)
    .filter(isJsonObject);
}
