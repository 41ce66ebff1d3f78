/** What is wrong with an item beyond its shape: its size, its numbers, its traits and the fields of its type. */
import { isAmount, touchpointTypes, type ItemCode, type TouchpointType } from '@throughline/contracts';
import { nameOf, traitsOf } from './build-touchpoint.ts';
import type { CanonicalFault, CanonicalJson } from './canonical-json.ts';
import { findInJson } from './find-in-json.ts';
import { itemMaxBytes, itemMaxDepth, itemMaxKeys, traitMaxCount, traitNameMaxLength } from './item-limits.ts';
import { findShapeFault } from './item-schema.ts';
import { isAbsent, isBlank, isJsonObject, type JsonObject } from './json-value.ts';
import { rejectionOf, type Rejection } from './rejection.ts';
import { exceedsUtf8Length } from './utf8-length.ts';

const expectedOf: Readonly<Record<Exclude<CanonicalFault, 'item_too_large'>, string>> = {
  nesting_too_deep: `at most ${itemMaxDepth} levels`,
  too_many_keys: `at most ${itemMaxKeys} keys, nested ones counted`,
  forbidden_key: 'no key "__proto__", and no "constructor" with a "prototype" in it',
};

export function canonicalRejection(code: CanonicalFault, sent: unknown): Rejection {
  return code === 'item_too_large' ? oversizeRejection(sent) : rejectionOf(code, '', expectedOf[code]);
}

/** Too large, or with a number that no reader could keep. */
export function findCarriageFault(canonical: CanonicalJson, sent: JsonObject): Rejection | null {
  if (exceedsUtf8Length(canonical.text, itemMaxBytes)) return oversizeRejection(sent);
  if (!canonical.hasUnsafeNumber) return null;
  const field = findInJson(sent, isUnsafeNumber) ?? '';
  return rejectionOf('invalid_number', field, 'a number within ±(2^53 - 1)');
}

function isUnsafeNumber(scalar: unknown): boolean {
  return typeof scalar === 'number' && !(Math.abs(scalar) <= Number.MAX_SAFE_INTEGER);
}

function oversizeRejection(body: unknown): Rejection {
  const isLong = (scalar: unknown): boolean =>
    typeof scalar === 'string' && exceedsUtf8Length(scalar, itemMaxBytes);
  const field = findInJson(body, isLong);
  const code: ItemCode = field === null ? 'item_too_large' : 'property_too_large';
  return rejectionOf(code, field ?? '', `at most ${itemMaxBytes} bytes of JSON`);
}

export type TypeResult = { ok: true; type: TouchpointType } | { ok: false; rejection: Rejection };

const knownTypes: ReadonlyMap<unknown, TouchpointType> = new Map(touchpointTypes.map((type) => [type, type]));
const expectedTypes = touchpointTypes.join(', ');

export function parseTouchpointType(type: unknown): TypeResult {
  if (isAbsent(type)) return { ok: false, rejection: rejectionOf('missing_field', 'type', expectedTypes) };
  const known = knownTypes.get(type);
  if (known !== undefined) return { ok: true, type: known };
  return { ok: false, rejection: rejectionOf('unknown_type', 'type', expectedTypes) };
}

/** What is wrong with the fields of an item of a type, or null. */
export function findFieldFault(item: JsonObject, type: TouchpointType): Rejection | null {
  return (
    findShapeFault(item) ?? findNameFault(item, type) ?? findRevenueFault(item) ?? findTraitFault(item, type)
  );
}

function findNameFault(item: JsonObject, type: TouchpointType): Rejection | null {
  if (type !== 'track' || nameOf(item, type) !== null) return null;
  const field = 'event' in item || !('name' in item) ? 'event' : 'name';
  return rejectionOf('missing_field', field, 'the name of the event');
}

function findRevenueFault(item: JsonObject): Rejection | null {
  const properties = item['properties'];
  const revenue = isJsonObject(properties) ? properties['revenue'] : undefined;
  if (isBlank(revenue) || isAmount(revenue)) return null;
  return rejectionOf('invalid_field', 'properties.revenue', 'a number, such as 12.5');
}

/** Names of traits become columns of a profile: a write key could fill one until it cannot be read. */
function findTraitFault(item: JsonObject, type: TouchpointType): Rejection | null {
  const traits = traitsOf(item, type);
  if (traits === null) return null;
  const names = Object.keys(traits);
  if (names.length > traitMaxCount) {
    return rejectionOf('too_many_traits', 'traits', `at most ${traitMaxCount} traits`);
  }
  const long = names.find((name) => name.length > traitNameMaxLength);
  if (long === undefined) return null;
  const expected = `names of at most ${traitNameMaxLength} characters`;
  return rejectionOf('trait_name_too_long', `traits.${long}`, expected);
}
