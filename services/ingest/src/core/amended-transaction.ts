/**
 * Which order or receipt a refund, void or cancellation amends. A reference links nothing: a receipt that takes back another
 * one was not necessarily brought by the same customer.
 */
import {
  normalizeIdentifier,
  type Identifier,
  type IdentifierType,
  type TouchpointType,
} from '@throughline/contracts';
import type { IdentifierRules } from './identifier-collector.ts';
import { isBlank, isJsonObject, type JsonObject } from './json-value.ts';
import { scopedType } from './scoped-type.ts';

const amendingEvents: ReadonlySet<string> = new Set(['Order Refunded', 'Order Cancelled']);

/**
 * Null for what amends nothing, or its own transaction: an `Order Refunded` whose `order_id` is the order that it refunds
 * is linked to that order already.
 *
 * @param name of the touchpoint
 * @param own the touchpoint's identifiers
 */
export function amendedTransaction(
  item: JsonObject,
  { type, name }: { type: TouchpointType; name: string | null },
  own: readonly Identifier[],
  rules: IdentifierRules,
): Identifier | null {
  const referredType = referredTypeOf(type, name);
  const properties = item['properties'];
  if (referredType === null || !isJsonObject(properties)) return null;
  const reference = [properties['refundOf'], properties['voidOf']].find((value) => !isBlank(value));
  const normalized = normalizeIdentifier(referredType, reference);
  if (!normalized.ok) return null;
  const amended = { type: scopedType(referredType, rules.settings), value: normalized.value };
  if (rules.isBlocked(amended.type, amended.value)) return null;
  return own.some((one) => one.type === amended.type && one.value === amended.value) ? null : amended;
}

function referredTypeOf(type: TouchpointType, name: string | null): IdentifierType | null {
  if (type === 'receipt') return 'receipt_id';
  return type === 'track' && amendingEvents.has(name ?? '') ? 'order_id' : null;
}
