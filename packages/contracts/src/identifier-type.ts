/**
 * The types of identifier and their priority. Every tie between identifiers starts from this order, so it is
 * part of the definition of a profile and must not depend on configuration.
 */
import { z } from 'zod';

const plainPersonTypes = ['user_id', 'loyalty_id', 'email', 'phone'] as const;
const carrierTypes = ['device_id', 'anonymous_id'] as const;
const transactionTypes = ['order_id', 'receipt_id'] as const;

type PlainPersonType = (typeof plainPersonTypes)[number];
/** `device_id.<ns>` is what the policy of identity makes of an `external.<ns>` that is attached. */
export type CarrierType = (typeof carrierTypes)[number] | `device_id.${string}`;
type TransactionFamily = (typeof transactionTypes)[number];
/** Numbers are only as unique as their makers say: a scope, such as a shop, is part of the type. */
export type TransactionType = TransactionFamily | `${TransactionFamily}.${string}`;
export type IdentifierType = PlainPersonType | `external.${string}` | CarrierType | TransactionType;

/** What counts as one type where neighbours are counted: all namespaces of `external`, all scopes of a transaction type. */
export type IdentifierFamily =
  PlainPersonType | 'external' | (typeof carrierTypes)[number] | TransactionFamily;

/** Strongest first: person types, carriers, and last transactions, which belong to the carrier that made them. */
export const identifierFamilies: readonly IdentifierFamily[] = [
  ...plainPersonTypes,
  'external',
  ...carrierTypes,
  ...transactionTypes,
];

const rankByFamily: ReadonlyMap<string, number> = new Map(
  identifierFamilies.map((family, rank) => [family, rank]),
);
const personTypeCount = plainPersonTypes.length + 1;

/** A namespace of `external`, or the scope of a transaction. */
const suffixPattern = /^[a-z0-9_]{1,40}$/;
const longestType = 60;
const suffixedFamilies: readonly string[] = ['external', 'device_id', ...transactionTypes];

export const identifierTypeSchema = z.custom<IdentifierType>(
  (value) => typeof value === 'string' && isIdentifierType(value),
  {
    message:
      'expected user_id, loyalty_id, email, phone, external.<ns>, device_id, anonymous_id, order_id or receipt_id ' +
      '(the last two with or without .<scope>)',
  },
);

export function isIdentifierType(value: string): value is IdentifierType {
  if (value.length > longestType) return false;
  const dot = value.indexOf('.');
  if (dot === -1) return rankByFamily.has(value) && value !== 'external';
  const family = value.slice(0, dot);
  const mayHaveSuffix = suffixedFamilies.includes(family);
  return mayHaveSuffix && suffixPattern.test(value.slice(dot + 1));
}

/** The part before the first dot. */
export function typeFamily(type: IdentifierType): IdentifierFamily {
  const dot = type.indexOf('.');
  return (dot === -1 ? type : type.slice(0, dot)) as IdentifierFamily;
}

function rankOf(type: IdentifierType): number {
  return rankByFamily.get(typeFamily(type)) ?? identifierFamilies.length;
}

/** Person identifiers join each other; the others are attached to them. */
export function isPersonType(type: IdentifierType): boolean {
  return rankOf(type) < personTypeCount;
}

/** Devices and cookies, which a person holds. */
export function isCarrierType(type: IdentifierType): type is CarrierType {
  return (carrierTypes as readonly string[]).includes(typeFamily(type));
}

/** Orders and receipts, of any scope. */
export function isTransactionType(type: IdentifierType): type is TransactionType {
  return (transactionTypes as readonly string[]).includes(typeFamily(type));
}

/** True for a type that carries what only settings and policies add: a body that names one is refused. */
export function isScopedType(type: IdentifierType): boolean {
  return !isPersonType(type) && type.includes('.');
}

/** Negative when `left` is stronger. Namespaces and scopes share the rank of their family and are ordered by name. */
export function compareIdentifierTypes(left: IdentifierType, right: IdentifierType): number {
  const byRank = rankOf(left) - rankOf(right);
  if (byRank !== 0) return byRank;
  return left < right ? -1 : left > right ? 1 : 0;
}
