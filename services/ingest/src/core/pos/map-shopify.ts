/**
 * A webhook of Shopify as a receipt. The ids are those in the signed body, never those of the headers, which are not signed:
 * a delivery that is repeated, by Shopify or from a recording, is the same receipt.
 * @see https://shopify.dev/docs/api/admin-rest/latest/resources/order
 */
import { isJsonObject, type JsonObject } from '../json-value.ts';
import { unmapped, type MappedItem } from '../protocols/mapped-item.ts';
import { rejectionOf } from '../rejection.ts';
import { exactMinorUnits } from './exact-minor-units.ts';

/** @param wire `{topic, body}`: the header that says what happened, and the payload */
export function mapShopify(wire: JsonObject): MappedItem {
  const { topic, body } = wire;
  if (!isJsonObject(body)) return unmapped(null, 'body', 'a JSON object');
  if (topic === 'orders/create' || topic === 'orders/paid') return { ok: true, item: saleOf(body) };
  if (topic === 'orders/cancelled') return { ok: true, item: cancelledOf(body) };
  if (topic === 'refunds/create') return { ok: true, item: refundOf(body) };
  const expected = 'orders/create, orders/paid, orders/cancelled or refunds/create';
  return {
    ok: false,
    id: textOf(body['id']) ?? null,
    rejection: rejectionOf('unsupported_event', 'topic', expected),
  };
}

function saleOf(order: JsonObject): JsonObject {
  const currency = textOf(order['currency']) ?? '';
  const amount = (value: unknown): number | undefined => exactMinorUnits(value, currency);
  const tip = amount(order['total_tip_received']) ?? 0;
  const total = amount(order['total_price']);
  return {
    ...headOf(order, currency),
    id: textOf(order['id']),
    kind: 'sale',
    time: order['created_at'],
    lines: [
      ...listOf(order['line_items']).map((line) => lineOf(line, amount)),
      ...listOf(order['shipping_lines']).map((line) => shippingOf(line, amount)),
      ...feesOf(order, amount),
      ...restOfDiscounts(order, amount),
    ],
    pricesIncludeTax: order['taxes_included'] === true,
    tax: amount(order['total_tax']),
    total: total === undefined ? undefined : total - tip,
    tip,
    customer: customerOf(order),
  };
}

function cancelledOf(order: JsonObject): JsonObject {
  const id = textOf(order['id']);
  return {
    ...headOf(order, textOf(order['currency']) ?? ''),
    id: id === undefined ? undefined : `cancelled-${id}`,
    kind: 'void',
    voidOf: { id },
    time: order['cancelled_at'],
    customer: customerOf(order),
  };
}

function refundOf(refund: JsonObject): JsonObject {
  const id = textOf(refund['id']);
  const paid = listOf(refund['transactions']).filter(
    ({ kind, status }) => kind === 'refund' && status === 'success',
  );
  const currency = textOf(paid[0]?.['currency']) ?? currencyOfLines(refund) ?? '';
  const amounts = paid.map(({ amount }) => exactMinorUnits(amount, currency));
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? Number.NaN), 0);
  return {
    ...headOf(refund, currency),
    id: id === undefined ? undefined : `refund-${id}`,
    kind: 'refund',
    refundOf: { id: textOf(refund['order_id']) },
    time: refund['created_at'],
    total: total === 0 ? 0 : -total,
  };
}

function headOf(body: JsonObject, currency: string): JsonObject {
  return {
    identifiedAs: 'order',
    // A shop that is being tried out: its orders count nothing.
    training: body['test'] === true || listOf(body['transactions']).some(({ test }) => test === true),
    store: textOf(body['location_id']) ?? 'online',
    operator: textOf(body['user_id']),
    channel: body['source_name'] === 'pos' || body['location_id'] != null ? 'store' : 'web',
    currency,
  };
}

function lineOf(line: JsonObject, amount: (value: unknown) => number | undefined): JsonObject {
  const taken = listOf(line['discount_allocations']).map((discount) => ({
    amount: amount(discount['amount']),
  }));
  return {
    sku: textOf(line['sku']),
    name: textOf(line['title'])?.slice(0, 200),
    quantity: line['quantity'],
    unitPrice: amount(line['price']),
    discounts: taken,
    tax: taxOf(line, amount),
  };
}

function shippingOf(line: JsonObject, amount: (value: unknown) => number | undefined): JsonObject {
  return {
    sku: 'shipping',
    name: textOf(line['title'])?.slice(0, 200),
    total: amount(line['discounted_price'] ?? line['price']),
    tax: taxOf(line, amount),
  };
}

function feesOf(order: JsonObject, amount: (value: unknown) => number | undefined): JsonObject[] {
  return [
    ['duties', 'original_total_duties_set'],
    ['fees', 'original_total_additional_fees_set'],
  ].flatMap(([sku = '', field = '']) => {
    const set = order[field];
    const money = isJsonObject(set) && isJsonObject(set['shop_money']) ? set['shop_money'] : null;
    const total = money === null ? undefined : amount(money['amount']);
    return total === undefined || total === 0 ? [] : [{ sku, total, tax: 0 }];
  });
}

/** What was taken off the order and is not said of its lines, as a discount of the whole order may be. */
function restOfDiscounts(order: JsonObject, amount: (value: unknown) => number | undefined): JsonObject[] {
  const all = amount(order['total_discounts']) ?? 0;
  const lines = [...listOf(order['line_items']), ...listOf(order['shipping_lines'])];
  const ofLines = lines
    .flatMap((line) => listOf(line['discount_allocations']))
    .reduce((sum, discount) => sum + (amount(discount['amount']) ?? 0), 0);
  return all > ofLines ? [{ sku: 'discount', total: ofLines - all, tax: 0 }] : [];
}

function taxOf(line: JsonObject, amount: (value: unknown) => number | undefined): number | undefined {
  const taxes = listOf(line['tax_lines']).map(({ price }) => amount(price));
  return taxes.includes(undefined) ? undefined : taxes.reduce<number>((sum, tax) => sum + (tax ?? 0), 0);
}

function customerOf(order: JsonObject): JsonObject | undefined {
  const customer = isJsonObject(order['customer']) ? order['customer'] : {};
  const email = order['email'] ?? customer['email'];
  const phone = order['phone'] ?? customer['phone'];
  return email == null && phone == null ? undefined : { email, phone };
}

function currencyOfLines(refund: JsonObject): string | undefined {
  const [line] = listOf(refund['refund_line_items']);
  const set = line?.['subtotal_set'];
  const money = isJsonObject(set) && isJsonObject(set['shop_money']) ? set['shop_money'] : {};
  return textOf(money['currency_code']);
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
