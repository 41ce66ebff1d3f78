/**
 * Which spellings are one identifier. The normal form is what an identifier's id is made of, so all that goes into it is
 * written down with the data: the code and the numbering plans as a definition that a process must share, the rest as part of the policy.
 */
import type { Identifier, IdentifierType } from '@throughline/contracts';
import { attachedTypeOf, type CustomType, normalizeCustomValue, sentTypeOf } from './custom-type.ts';
import { normalizePhone, phonePlans } from './normalize-phone.ts';

/** Raised whenever the code changes a normal form, here or in `normalizeIdentifier` of the contracts. */
const rulesVersion = 2;

export interface NormalizationRules {
  /** Where telephone numbers without a country code are read, unless their source has a region; null for none. */
  phoneRegion: string | null;
  email?: EmailRules;
  /** By `external.<ns>`; of others the values stay as they are. */
  types?: Readonly<Record<string, CustomType>>;
}

export interface EmailRules {
  /** drop: what follows a plus sign in the local part does not count. */
  tags: 'keep' | 'drop';
  /** Domains that stand for another one. */
  domains?: Readonly<Record<string, string>>;
}

/** What identifiers are made with, as text: of two processes that differ in it, one must not write. */
export const normalizationDefinition = `rules ${rulesVersion}, ${phonePlans}`;

export interface NormalIdentifier {
  type: IdentifierType;
  value: string;
}

/** Of a normal form, the normal form is itself. */
export type NormalizeIdentifier = (type: IdentifierType, value: string, region?: string) => NormalIdentifier;

/** For values that `normalizeIdentifier` of the contracts has accepted. */
export function createNormalize({ phoneRegion, email, types = {} }: NormalizationRules): NormalizeIdentifier {
  return (type, value, region) => {
    if (type === 'phone') return { type, value: normalizePhone(value, region ?? phoneRegion) };
    if (type === 'email') return { type, value: email === undefined ? value : normalizeEmail(value, email) };
    const sent = sentTypeOf(type);
    const custom = types[sent];
    if (custom === undefined) return { type: sent, value };
    return {
      type: custom.layer === 'attached' ? attachedTypeOf(sent) : sent,
      value: normalizeCustomValue(value, custom),
    };
  };
}

function normalizeEmail(value: string, { tags, domains = {} }: EmailRules): string {
  const at = value.lastIndexOf('@');
  if (at <= 0) return value;
  const local = value.slice(0, at);
  const domain = value.slice(at + 1);
  const plus = tags === 'drop' ? local.indexOf('+') : -1;
  const kept = plus > 0 ? local.slice(0, plus) : local;
  return `${kept}@${Object.hasOwn(domains, domain) ? (domains[domain] ?? domain) : domain}`;
}

export interface ShownIdentifier {
  type: IdentifierType;
  value: string;
  /** As it was sent, where that differs. */
  original?: string;
}

/** An identifier of a record, as it is stored and shown. */
export function shownIdentifier(identifier: Identifier, normalize: NormalizeIdentifier): ShownIdentifier {
  const { type, value } = normalize(identifier.type, identifier.value, identifier.region);
  const original = identifier.original ?? identifier.value;
  return original === value ? { type, value } : { type, value, original };
}
