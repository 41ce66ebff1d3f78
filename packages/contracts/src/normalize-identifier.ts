/**
 * One identifier, one spelling: the normal form is what is hashed into an identifier's id, so ingest, which
 * accepts values, and the APIs, which look them up, must share it.
 */
import type { IdentifierType } from './identifier-type.ts';

export const identifierValueMaxLength = 200;

export type NormalizedIdentifier =
  | { ok: true; value: string; warning?: 'identifier_number_as_text' }
  | { ok: false; code: IdentifierRejection };

export type IdentifierRejection =
  'identifier_blank' | 'identifier_too_long' | 'identifier_invalid_type' | 'identifier_invalid_characters';

// Controls, surrogates without partner, whatever is shown as nothing (zero-width, bidirectional formatting, fillers,
// tags, variation selectors), line separators and annotations: two values would look like one to an operator.
const forbiddenCharacters = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028-\u202e\ufff9-\ufffb]/u;

/**
 * Normalizes a raw identifier value as a client sent it.
 * Blank after trimming, longer than 200 characters, not a string or safe integer, or with invisible
 * characters: refused with a code.
 */
export function normalizeIdentifier(type: IdentifierType, raw: unknown): NormalizedIdentifier {
  if (typeof raw === 'number') {
    if (!Number.isSafeInteger(raw)) return { ok: false, code: 'identifier_invalid_type' };
    return {
      ...normalizeText(type, String(raw)),
      warning: 'identifier_number_as_text',
    } as NormalizedIdentifier;
  }
  if (typeof raw !== 'string') return { ok: false, code: 'identifier_invalid_type' };
  return normalizeText(type, raw);
}

function normalizeText(type: IdentifierType, raw: string): NormalizedIdentifier {
  if (raw.length > identifierValueMaxLength * 4) return { ok: false, code: 'identifier_too_long' };
  const trimmed = raw.trim();
  if (trimmed === '') return { ok: false, code: 'identifier_blank' };
  if (forbiddenCharacters.test(trimmed)) return { ok: false, code: 'identifier_invalid_characters' };
  const value = normalizeByType(type, composeCharacters(trimmed));
  if (value === '') return { ok: false, code: 'identifier_blank' };
  if (value.length > identifierValueMaxLength) return { ok: false, code: 'identifier_too_long' };
  return { ok: true, value };
}

// Nearly every identifier, and its own composition.
const printableAscii = /^[ -~]*$/;

// NFC itself turns the Kelvin sign into a capital K, which a second normalization would lower to k: left as it is.
function composeCharacters(value: string): string {
  if (printableAscii.test(value)) return value;
  return value
    .split('\u212a')
    .map((part) => part.normalize('NFC'))
    .join('\u212a');
}

function normalizeByType(type: IdentifierType, value: string): string {
  // ASCII letters only: full case folding would turn the Kelvin sign into k and make two addresses one.
  if (type === 'email') return value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (type === 'phone') return value.replace(/[\s().\-/]/g, '').replace(/^00/, '+');
  return value;
}
