/** Whom a touchpoint names: where each type of identifier is read from, and nowhere else. */
import {
  compareIdentifierTypes,
  isBlockedIdentifier,
  isIdentifierType,
  isScopedType,
  normalizeIdentifier,
  touchpointMaxIdentifiers,
  type Identifier,
  type IdentifierType,
  type TouchpointType,
} from '@throughline/contracts';
import { isAbsent, isJsonObject, type JsonObject } from './json-value.ts';
import { rejectionOf, type Rejection } from './rejection.ts';

type IdentifierWarning = 'identifier_number_as_text' | 'identifier_blocked';

export type CollectedIdentifiers =
  | { ok: true; identifiers: Identifier[]; warnings: IdentifierWarning[]; alias: AliasPair | null }
  | { ok: false; rejection: Rejection };

/** The two ends of an alias, normalized. */
export interface AliasPair {
  userId: string;
  previousId: string;
}

/** Order and checkout events of Segment's "Ecommerce events v2": those whose specification has `order_id`. */
const orderEvents: ReadonlySet<string> = new Set([
  'Order Completed',
  'Order Updated',
  'Order Refunded',
  'Order Cancelled',
  'Checkout Started',
  'Checkout Step Viewed',
  'Checkout Step Completed',
  'Payment Info Entered',
]);

const traitFields: readonly (readonly [string, IdentifierType])[] = [
  ['email', 'email'],
  ['phone', 'phone'],
  ['loyalty_id', 'loyalty_id'],
  ['loyaltyId', 'loyalty_id'],
];

/** Listed by whoever sends more than this: the rest could not be kept anyway. */
const listMaxLength = 100;

class Collector {
  readonly identifiers: Identifier[] = [];
  readonly warnings: IdentifierWarning[] = [];
  rejection: Rejection | null = null;

  /** Adds a value that is there; the first that cannot be an identifier decides. Returns its normal form. */
  add(type: IdentifierType, raw: unknown, field: string): string | null {
    if (this.rejection !== null) return null;
    const normalized = normalizeIdentifier(type, raw);
    if (!normalized.ok) {
      this.rejection = rejectionOf(normalized.code, field, 'text of 1 to 200 visible characters');
      return null;
    }
    const { value } = normalized;
    if (normalized.warning !== undefined) this.warn(normalized.warning);
    if (isBlockedIdentifier(type, value)) this.warn('identifier_blocked');
    if (!this.identifiers.some((known) => known.type === type && known.value === value)) {
      this.identifiers.push({ type, value });
    }
    return value;
  }

  addPresent(type: IdentifierType, raw: unknown, field: string): string | null {
    return isAbsent(raw) ? null : this.add(type, raw, field);
  }

  warn(warning: IdentifierWarning): void {
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }
}

/** Normalized, distinct, strongest first. Reads the item as it was sent: a repaired text is no identifier. */
export function collectIdentifiers(item: JsonObject, type: TouchpointType): CollectedIdentifiers {
  const collector = new Collector();
  const userId = collector.addPresent('user_id', item['userId'], 'userId');
  collector.addPresent('anonymous_id', item['anonymousId'], 'anonymousId');
  const previousId =
    type === 'alias' ? collector.addPresent('user_id', item['previousId'], 'previousId') : null;
  collectFromTraits(collector, item, type);
  collectOrder(collector, item, type);
  collectFromList(collector, item['identifiers']);

  const { identifiers, warnings, rejection } = collector;
  if (rejection !== null) return { ok: false, rejection };
  if (type === 'alias' && (userId === null || previousId === null)) {
    const field = userId === null ? 'userId' : 'previousId';
    return { ok: false, rejection: rejectionOf('missing_field', field, 'both ids of the alias') };
  }
  if (identifiers.length === 0) {
    const expected = 'userId, anonymousId or another identifier';
    return { ok: false, rejection: rejectionOf('missing_identifier', '', expected) };
  }
  if (identifiers.length > touchpointMaxIdentifiers) {
    const expected = `at most ${touchpointMaxIdentifiers} distinct identifiers`;
    return { ok: false, rejection: rejectionOf('too_many_identifiers', 'identifiers', expected) };
  }
  if (identifiers.length > 1) identifiers.sort(compareIdentifiers);
  const alias = userId !== null && previousId !== null ? { userId, previousId } : null;
  return { ok: true, identifiers, warnings, alias };
}

function collectFromTraits(collector: Collector, item: JsonObject, type: TouchpointType): void {
  const context = item['context'];
  const contextTraits = isJsonObject(context) ? context['traits'] : undefined;
  // The traits of a group call describe the group.
  const ownTraits = type === 'identify' ? item['traits'] : undefined;
  for (const [traits, path] of [
    [ownTraits, 'traits'],
    [contextTraits, 'context.traits'],
  ] as const) {
    if (!isJsonObject(traits)) continue;
    for (const [name, identifierType] of traitFields) {
      if (name in traits) collector.addPresent(identifierType, traits[name], `${path}.${name}`);
    }
  }
}

function collectOrder(collector: Collector, item: JsonObject, type: TouchpointType): void {
  const name = item['event'] ?? item['name'];
  if (type !== 'track' || typeof name !== 'string' || !orderEvents.has(name)) return;
  const properties = item['properties'];
  if (isJsonObject(properties)) {
    collector.addPresent('order_id', properties['order_id'], 'properties.order_id');
  }
}

function collectFromList(collector: Collector, list: unknown): void {
  if (isAbsent(list) || collector.rejection !== null) return;
  if (!Array.isArray(list)) {
    collector.rejection = rejectionOf('invalid_field', 'identifiers', 'a list of {type, value}');
    return;
  }
  if (list.length > listMaxLength) {
    const expected = `at most ${touchpointMaxIdentifiers} distinct identifiers`;
    collector.rejection = rejectionOf('too_many_identifiers', 'identifiers', expected);
    return;
  }
  for (const [index, entry] of list.entries()) {
    const type: unknown = isJsonObject(entry) ? entry['type'] : undefined;
    if (!isJsonObject(entry) || typeof type !== 'string' || !isIdentifierType(type) || isScopedType(type)) {
      const expected =
        'user_id, loyalty_id, email, phone, external.<ns>, device_id, anonymous_id, order_id or receipt_id';
      collector.rejection ??= rejectionOf('invalid_field', `identifiers[${index}].type`, expected);
      return;
    }
    collector.add(type, entry['value'], `identifiers[${index}].value`);
  }
}

function compareIdentifiers(left: Identifier, right: Identifier): number {
  const byType = compareIdentifierTypes(left.type, right.type);
  if (byType !== 0) return byType;
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}
