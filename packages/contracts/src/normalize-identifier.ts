/**
 * One identifier, one spelling, as far as that needs no settings: ingest, which accepts values, and the APIs, which look them
 * up, share it. What depends on the deployment (the region of a telephone number) identity decides on top of it.
 */
import { foldDigits } from './fold-digits.ts';
import type { IdentifierType } from './identifier-type.ts';

export const identifierValueMaxLength = 200;

export type NormalizedIdentifier =
  | { ok: true; value: string; warning?: 'identifier_number_as_text' }
  | { ok: false; code: IdentifierRejection };

export type IdentifierRejection =
  'identifier_blank' | 'identifier_too_long' | 'identifier_invalid_type' | 'identifier_invalid_characters';

// Controls, surrogates without partner, everything that is shown as nothing (zero-width, bidirectional formatting, fillers,
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
  if (type === 'email') return normalizeEmail(value);
  if (type === 'phone') return normalizePhone(value);
  return value;
}

/**
 * Small letters, and the domain as the domain name system has it. Dots and tags of the local part stay: what they mean is
 * each provider's own business.
 */
function normalizeEmail(value: string): string {
  const small = lowerCase(value);
  if (printableAscii.test(small)) return small;
  const at = small.lastIndexOf('@');
  return at === -1 ? small : small.slice(0, at + 1) + asciiDomain(small.slice(at + 1));
}

/**
 * Letter by letter, so that a sigma is the same anywhere in a word. Not the Kelvin sign, whose small letter is an ASCII k:
 * it would make two addresses one.
 */
function lowerCase(value: string): string {
  if (printableAscii.test(value)) return value.toLowerCase();
  const small = (letter: string): string =>
    letter === '\u212a' ? letter : letter.toLowerCase().replaceAll('\u03c2', '\u03c3');
  return Array.from(value, small).join('');
}

/** `xn--` labels by UTS 46. What is no domain stays as it is. */
function asciiDomain(domain: string): string {
  if (printableAscii.test(domain)) return domain;
  const url = URL.parse(`http://${domain}/`);
  const isDomain = url !== null && url.username === '' && url.port === '' && url.pathname === '/';
  return isDomain ? url.hostname : domain;
}

// Blanks, brackets, dots, slashes and every hyphen and dash, in their full-width forms too; the long vowel mark stands for
// a hyphen on Japanese keyboards.
const phonePunctuation =
  /[\s()./\uff08\uff09\uff0e\uff0f\u00b7\u30fb\-\u2010-\u2015\u2043\u2212\u30fc\ufe58\ufe63\uff0d\uff70]/g;
const phonePlus = /[\uff0b\ufe62]/g;
// Spreadsheets mark a number that is to stay text with an apostrophe.
const leadingApostrophes = /^['\u2018\u2019\u02bc\uff07`\u00b4]+/;

function normalizePhone(value: string): string {
  return foldDigits(value)
    .replace(phonePunctuation, '')
    .replace(leadingApostrophes, '')
    .replace(phonePlus, '+')
    .replace(/^00/, '+');
}
