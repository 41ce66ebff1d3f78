/**
 * Which spellings are one identifier. The normal form is what an identifier's id is made of, so all that goes into it is
 * written down with the data: a process that normalizes otherwise would make two people of one.
 */
import type { Identifier, IdentifierType } from '@throughline/contracts';
import { normalizePhone, phonePlans } from './normalize-phone.ts';

/** Raised whenever a normal form changes, here or in `normalizeIdentifier` of the contracts. */
const rulesVersion = 2;

export interface NormalizationSettings {
  /** Where telephone numbers without a country code are read, unless their source has a region; null for none. */
  phoneRegion: string | null;
}

/** What identifiers are made with, as text: of two processes that differ in it, one must not write. */
export function normalizationDefinition({ phoneRegion }: NormalizationSettings): string {
  return `rules ${rulesVersion}, ${phonePlans}, region ${phoneRegion ?? 'none'}`;
}

export type NormalizeValue = (type: IdentifierType, value: string, region?: string) => string;

/** For values that `normalizeIdentifier` has accepted. */
export function createNormalizeValue({ phoneRegion }: NormalizationSettings): NormalizeValue {
  return (type, value, region) => (type === 'phone' ? normalizePhone(value, region ?? phoneRegion) : value);
}

export interface ShownIdentifier {
  type: IdentifierType;
  value: string;
  /** As it was sent, where that differs. */
  original?: string;
}

/** An identifier of a record, as it is stored and shown. */
export function shownIdentifier(identifier: Identifier, normalize: NormalizeValue): ShownIdentifier {
  const { type } = identifier;
  const value = normalize(type, identifier.value, identifier.region);
  const original = identifier.original ?? identifier.value;
  return original === value ? { type, value } : { type, value, original };
}
