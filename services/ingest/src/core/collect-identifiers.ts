/** Which identifiers a touchpoint names: where each type is read from, and nowhere else. */
import {
  compareIdentifierTypes,
  isIdentifierType,
  isScopedType,
  touchpointMaxIdentifiers,
  type Identifier,
  type IdentifierType,
  type TouchpointType,
} from '@throughline/contracts';
import { aliasIdTypes } from './alias-id-types.ts';
import { IdentifierCollector, type IdentifierRules, type IdentifierWarning } from './identifier-collector.ts';
import { valueAt } from './identifier-properties.ts';
import { isAbsent, isBlank, isJsonObject, type JsonObject } from './json-value.ts';
import { orderEvents } from './order-events.ts';
import { rejectionOf, type Rejection } from './rejection.ts';

export type CollectedIdentifiers =
  | { ok: true; identifiers: Identifier[]; warnings: IdentifierWarning[] }
  | { ok: false; rejection: Rejection };

const traitFields: readonly (readonly [string, IdentifierType])[] = [
  ['email', 'email'],
  ['phone', 'phone'],
  ['loyalty_id', 'loyalty_id'],
  ['loyaltyId', 'loyalty_id'],
];

/** Listed are at most this many: the rest could not be kept anyway. */
const listMaxLength = 100;

/** A scope is added from the source's settings; an item that names one could claim the numbers of another shop. */
export const listedTypes =
  'user_id, loyalty_id, email, phone, external.<ns>, device_id, anonymous_id, order_id or receipt_id';

/** Normalized, distinct, strongest first. Reads the item as it was sent: a repaired text is no identifier. */
export function collectIdentifiers(
  item: JsonObject,
  type: TouchpointType,
  rules: IdentifierRules,
): CollectedIdentifiers {
  const collector = new IdentifierCollector(rules);
  collector.addId('user_id', item['userId'], 'userId');
  collector.addId('anonymous_id', item['anonymousId'], 'anonymousId');
  if (type === 'alias') collectAlias(collector, item, rules);
  collectFromTraits(collector, item, type);
  collectOrder(collector, item, type);
  collectFromList(collector, item['identifiers']);
  collectFromProperties(collector, item, rules);

  const { identifiers, warnings, rejection } = collector;
  if (rejection !== null) return { ok: false, rejection };
  if (identifiers.length === 0) {
    const expected = 'userId, anonymousId or another identifier';
    return { ok: false, rejection: rejectionOf('missing_identifier', '', expected) };
  }
  if (identifiers.length > touchpointMaxIdentifiers) {
    const expected = `at most ${touchpointMaxIdentifiers} distinct identifiers`;
    return { ok: false, rejection: rejectionOf('too_many_identifiers', 'identifiers', expected) };
  }
  if (identifiers.length > 1) identifiers.sort(compareIdentifiers);
  return { ok: true, identifiers, warnings };
}

function collectAlias(collector: IdentifierCollector, item: JsonObject, { trust }: IdentifierRules): void {
  for (const field of ['userId', 'previousId']) {
    if (!isBlank(item[field])) continue;
    collector.reject(rejectionOf('missing_field', field, 'both ids of the alias'));
    return;
  }
  for (const type of aliasIdTypes(item, trust)) collector.addId(type, item['previousId'], 'previousId');
}

function collectFromTraits(collector: IdentifierCollector, item: JsonObject, type: TouchpointType): void {
  const context = item['context'];
  const contextTraits = isJsonObject(context) ? context['traits'] : undefined;
  // The traits of a group call describe the group.
  const ownTraits = type === 'identify' ? item['traits'] : undefined;
  for (const traits of [ownTraits, contextTraits]) {
    if (!isJsonObject(traits)) continue;
    for (const [name, identifierType] of traitFields) {
      if (name in traits) collector.addTrait(identifierType, traits[name]);
    }
  }
}

function collectOrder(collector: IdentifierCollector, item: JsonObject, type: TouchpointType): void {
  const name = item['event'] ?? item['name'];
  if (type !== 'track' || typeof name !== 'string' || !orderEvents.has(name)) return;
  const properties = item['properties'];
  if (isJsonObject(properties)) {
    collector.addId('order_id', properties['order_id'], 'properties.order_id');
  }
}

function collectFromList(collector: IdentifierCollector, list: unknown): void {
  if (isAbsent(list) || collector.rejection !== null) return;
  if (!Array.isArray(list)) {
    collector.reject(rejectionOf('invalid_field', 'identifiers', 'a list of {type, value}'));
    return;
  }
  if (list.length > listMaxLength) {
    const expected = `at most ${touchpointMaxIdentifiers} distinct identifiers`;
    collector.reject(rejectionOf('too_many_identifiers', 'identifiers', expected));
    return;
  }
  for (const [index, entry] of list.entries()) {
    const type: unknown = isJsonObject(entry) ? entry['type'] : undefined;
    if (!isJsonObject(entry) || typeof type !== 'string' || !isIdentifierType(type) || isScopedType(type)) {
      collector.reject(rejectionOf('invalid_field', `identifiers[${index}].type`, listedTypes));
      return;
    }
    collector.addId(type, entry['value'], `identifiers[${index}].value`);
  }
}

/** What an operator has read is data that the sender did not mean as an identifier: an unusable value costs nothing. */
function collectFromProperties(
  collector: IdentifierCollector,
  item: JsonObject,
  { settings }: IdentifierRules,
): void {
  if (settings.identifierProperties === undefined) return;
  for (const [path, type] of Object.entries(settings.identifierProperties)) {
    collector.addProperty(type, valueAt(item, path));
  }
}

function compareIdentifiers(left: Identifier, right: Identifier): number {
  const byType = compareIdentifierTypes(left.type, right.type);
  if (byType !== 0) return byType;
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}
