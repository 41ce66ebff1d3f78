/**
 * The kinds of identifier and their priority. Every tie between identifiers starts from this order, so it is
 * part of the definition of a profile and must not depend on configuration.
 */
import { z } from 'zod';

const personTypes = ['user_id', 'loyalty_id', 'email', 'phone'] as const;
const attachedTypes = ['order_id', 'receipt_id', 'device_id', 'anonymous_id'] as const;

const externalPattern = /^external\.[a-z0-9_]{1,40}$/;

export type AttachedIdentifierType = (typeof attachedTypes)[number];
export type IdentifierType = (typeof personTypes)[number] | `external.${string}` | AttachedIdentifierType;

export const identifierTypeSchema = z.custom<IdentifierType>(
  (value) => typeof value === 'string' && isIdentifierType(value),
  {
    message:
      'expected user_id, loyalty_id, email, phone, external.<ns>, order_id, receipt_id, device_id or anonymous_id',
  },
);

export function isIdentifierType(value: string): value is IdentifierType {
  return value.length <= 50 && (priority.has(value) || externalPattern.test(value));
}

/** Person identifiers join each other; attached identifiers hang from them. */
export function isPersonType(type: IdentifierType): boolean {
  return rankOf(type) <= externalRank;
}

const externalRank = personTypes.length;
const priority = new Map<string, number>([
  ...personTypes.map((type, index) => [type, index] as const),
  ...attachedTypes.map((type, index) => [type, externalRank + 1 + index] as const),
]);

function rankOf(type: IdentifierType): number {
  return priority.get(type) ?? externalRank;
}

/** Negative when `left` is stronger. External namespaces share one rank and are told apart by name. */
export function compareIdentifierTypes(left: IdentifierType, right: IdentifierType): number {
  const byRank = rankOf(left) - rankOf(right);
  if (byRank !== 0) return byRank;
  return left < right ? -1 : left > right ? 1 : 0;
}
