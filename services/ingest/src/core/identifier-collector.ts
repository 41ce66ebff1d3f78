/** Gathers the identifiers of one item: normalizes each value, and decides what an unusable one costs. */
import {
  hasContactForm,
  identifierValueMaxLength,
  normalizeIdentifier,
  type Identifier,
  type IdentifierType,
  type IsBlockedIdentifier,
  type Trust,
} from '@throughline/contracts';
import { isBlank } from './json-value.ts';
import { rejectionOf, type Rejection } from './rejection.ts';
import { scopedType } from './scoped-type.ts';
import type { SettingsOfSource } from './source-settings.ts';

export type IdentifierWarning =
  'identifier_number_as_text' | 'identifier_blocked' | 'external_identifier_ignored';

export interface IdentifierRules {
  isBlocked: IsBlockedIdentifier;
  /** Of the item's source. */
  settings: SettingsOfSource;
  /** Of the item's key. */
  trust: Trust;
}

const externalPrefix = 'external.';

/** States: gathering, until the first value that cannot be an identifier; from then on `rejection` stands. */
export class IdentifierCollector {
  readonly identifiers: Identifier[] = [];
  readonly warnings: IdentifierWarning[] = [];
  rejection: Rejection | null = null;
  readonly #rules: IdentifierRules;

  constructor(rules: IdentifierRules) {
    this.#rules = rules;
  }

  /** An id that the sender chose: blank is absent, what cannot be an identifier costs the item. */
  addId(type: IdentifierType, raw: unknown, field: string): void {
    if (this.rejection !== null || isBlank(raw)) return;
    const normalized = normalizeIdentifier(type, raw);
    if (normalized.ok) {
      if (normalized.warning !== undefined) this.warn(normalized.warning);
      this.#addValue(type, normalized.value, raw);
    } else if (normalized.code === 'identifier_blank') this.warn('identifier_blocked');
    else this.reject(rejectionOf(normalized.code, field, 'text of 1 to 200 visible characters'));
  }

  /** A field of a form that a person filled in: what is no contact stays data, with a warning, and costs nothing. */
  addTrait(type: IdentifierType, raw: unknown): void {
    if (raw === undefined || raw === null || raw === '') return;
    const normalized = normalizeIdentifier(type, raw);
    const isUsable =
      normalized.ok &&
      (hasContactForm(type, normalized.value) || !this.#rules.isBlocked(type, normalized.value));
    if (!isUsable) {
      this.warn('identifier_blocked');
      return;
    }
    if (normalized.warning !== undefined) this.warn(normalized.warning);
    this.#addValue(type, normalized.value, raw);
  }

  /** A field that the source's settings name: blank is absent, and what is no identifier stays data. */
  addProperty(type: IdentifierType, raw: unknown): void {
    if (!isBlank(raw)) this.addTrait(type, raw);
  }

  reject(rejection: Rejection): void {
    this.rejection ??= rejection;
  }

  warn(warning: IdentifierWarning): void {
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }

  #addValue(unscopedType: IdentifierType, value: string, sent: unknown): void {
    if (!this.#isAllowed(unscopedType)) {
      this.warn('external_identifier_ignored');
      return;
    }
    const type = scopedType(unscopedType, this.#rules.settings);
    if (this.#rules.isBlocked(type, value)) this.warn('identifier_blocked');
    if (!this.identifiers.some((known) => known.type === type && known.value === value)) {
      this.identifiers.push({ type, value, ...originalOf(value, sent), ...this.#regionOf(type, value) });
    }
  }

  /** Of a telephone number without a country code. */
  #regionOf(type: IdentifierType, value: string): Pick<Identifier, 'region'> {
    const { phoneRegion } = this.#rules.settings;
    return type !== 'phone' || phoneRegion === undefined || value.startsWith('+')
      ? {}
      : { region: phoneRegion };
  }

  /** Namespaces are invented at no cost: a public key has none that its source's settings do not name. */
  #isAllowed(type: IdentifierType): boolean {
    if (!type.startsWith(externalPrefix)) return true;
    const { settings, trust } = this.#rules;
    if (Object.values(settings.identifierProperties ?? {}).includes(type)) return true;
    const allowed = settings.externalNamespaces;
    return allowed === undefined ? trust === 'server' : allowed.includes(type.slice(externalPrefix.length));
  }
}

/** For display. One that is too long to be shown is none. */
function originalOf(value: string, sent: unknown): Pick<Identifier, 'original'> {
  const original = typeof sent === 'string' ? sent.trim() : value;
  return original === value || original.length > identifierValueMaxLength ? {} : { original };
}
