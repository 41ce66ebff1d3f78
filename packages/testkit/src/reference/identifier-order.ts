/**
 * The types of identifier from strongest to weakest, as the definition lists them. Spelled out here a second time, so that
 * a mistake in the services' own order shows.
 */
import type { IdentifierType } from '@throughline/contracts';
import { compareByCodePoint } from './code-points.ts';

const families = [
  'user_id',
  'loyalty_id',
  'email',
  'phone',
  'external',
  'device_id',
  'anonymous_id',
  'order_id',
  'receipt_id',
];

/** `external` of `external.crm`, `order_id` of `order_id.berlin`: what counts as one type among neighbours. */
export function familyOf(type: IdentifierType): string {
  return type.split('.')[0] ?? type;
}

export function placeOfFamily(family: string): number {
  const place = families.indexOf(family);
  if (place === -1) throw new Error(`the definition does not list ${family}`);
  return place;
}

/** Negative when the left one is stronger. */
export function compareTypes(left: IdentifierType, right: IdentifierType): number {
  const byFamily = placeOfFamily(familyOf(left)) - placeOfFamily(familyOf(right));
  return byFamily === 0 ? compareByCodePoint(left, right) : byFamily;
}

export function isPerson(type: IdentifierType): boolean {
  return ['user_id', 'loyalty_id', 'email', 'phone', 'external'].includes(familyOf(type));
}

export function isCarrier(type: IdentifierType): boolean {
  return ['device_id', 'anonymous_id'].includes(familyOf(type));
}

export function isTransaction(type: IdentifierType): boolean {
  return ['order_id', 'receipt_id'].includes(familyOf(type));
}
