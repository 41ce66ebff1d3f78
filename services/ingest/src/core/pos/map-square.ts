/**
 * A webhook of Square as a receipt: a payment or a refund once it is completed. Their ids are those of the payment and the
 * refund, not of the event, since Square sends an event for each change.
 * @see https://developer.squareup.com/reference/square/webhooks
 */
import { isJsonObject, type JsonObject } from '../json-value.ts';
import { unmapped, type MappedItem } from '../protocols/mapped-item.ts';
import { rejectionOf } from '../rejection.ts';

const registerMaxLength = 30;

export function mapSquare(event: JsonObject): MappedItem {
  const { type, event_id: eventId, data } = event;
  const id = typeof eventId === 'string' ? eventId : null;
  const object = isJsonObject(data) && isJsonObject(data['object']) ? data['object'] : {};
  if (type === 'payment.created' || type === 'payment.updated') {
    return whenCompleted(id, object['payment'], 'payment', saleOf);
  }
  if (type === 'refund.created' || type === 'refund.updated') {
    return whenCompleted(id, object['refund'], 'refund', refundOf);
  }
  const expected = 'payment.created, payment.updated, refund.created or refund.updated';
  return { ok: false, id, rejection: rejectionOf('unsupported_event', 'type', expected) };
}

function whenCompleted(
  id: string | null,
  object: unknown,
  name: string,
  map: (object: JsonObject) => JsonObject,
): MappedItem {
  const field = `data.object.${name}`;
  if (!isJsonObject(object)) return unmapped(id, field, 'a JSON object');
  if (object['status'] === 'COMPLETED') return { ok: true, item: map(object) };
  return { ok: false, id, rejection: rejectionOf('unsupported_event', `${field}.status`, 'COMPLETED') };
}

function saleOf(payment: JsonObject): JsonObject {
  const { amount, currency } = moneyOf(payment['amount_money']);
  const tip = moneyOf(payment['tip_money']).amount ?? 0;
  const paid = moneyOf(payment['total_money']).amount;
  const extra = { order_id: payment['order_id'], customer_id: payment['customer_id'] };
  return {
    id: payment['id'],
    kind: 'sale',
    store: payment['location_id'],
    register: registerOf(payment['device_details']),
    operator: payment['team_member_id'] ?? payment['employee_id'],
    time: payment['created_at'],
    currency,
    total: amount,
    tip,
    tenders: paid === undefined ? undefined : [{ type: payment['source_type'] ?? 'unknown', amount: paid }],
    customer: payment['buyer_email_address'] == null ? undefined : { email: payment['buyer_email_address'] },
    extra: Object.values(extra).every((value) => value == null) ? undefined : extra,
  };
}

/** Square writes a type before some ids (`device:995CS397A6475287`), and a receipt's key has colons between its parts. */
function registerOf(device: unknown): string | undefined {
  const id = isJsonObject(device) ? device['device_id'] : undefined;
  if (typeof id !== 'string') return undefined;
  const own = id
    .slice(id.lastIndexOf(':') + 1)
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .slice(-registerMaxLength)
    .replace(/^[._-]+/, '');
  return own === '' ? undefined : own;
}

function refundOf(refund: JsonObject): JsonObject {
  const { amount, currency } = moneyOf(refund['amount_money']);
  return {
    id: refund['id'],
    kind: 'refund',
    refundOf: { id: refund['payment_id'] },
    store: refund['location_id'],
    operator: refund['team_member_id'],
    time: refund['created_at'],
    currency,
    total: amount === undefined || amount === 0 ? amount : -amount,
    extra: refund['reason'] == null ? undefined : { reason: refund['reason'] },
  };
}

function moneyOf(money: unknown): { amount: number | undefined; currency: unknown } {
  if (!isJsonObject(money)) return { amount: undefined, currency: undefined };
  const { amount, currency } = money;
  return { amount: typeof amount === 'number' ? amount : undefined, currency };
}
