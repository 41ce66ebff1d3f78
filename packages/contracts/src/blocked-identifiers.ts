/**
 * Values that many strangers send by mistake. A blocked identifier is kept with its touchpoint but links nothing. Which
 * values are blocked is part of what a profile is, so ingest and identity share this function and its setting, and identity
 * refuses to write into a database that was written by another definition.
 */
import { z } from 'zod';
import { hasContactForm } from './contact-form.ts';
import { isIdentifierType, typeFamily, type IdentifierType } from './identifier-type.ts';
import { normalizeIdentifier } from './normalize-identifier.ts';

/** Raised whenever the shipped lists or forms change: other profiles may follow from the same touchpoints. */
const blockedListVersion = 2;

const anyType = 'any';
const externalTypes = 'external';

const typeSchema = z
  .string()
  .refine((type): boolean => type === anyType || type === externalTypes || isIdentifierType(type), {
    error: 'expected an identifier type such as email, or any, or external',
  });
const valuesSchema = z.record(typeSchema, z.array(z.string().min(1).max(200)).max(10_000));

/**
 * What a deployment adds to the shipped lists (`block`) and takes out of them (`allow`, which wins), by identifier type, by
 * `external` for all namespaces, or by `any`. Values are normalized as identifiers are; capitals do not matter.
 */
export const blockedIdentifiersSchema = z.strictObject({
  block: valuesSchema.exactOptional(),
  allow: valuesSchema.exactOptional(),
});
export type BlockedIdentifiersSetting = z.infer<typeof blockedIdentifiersSchema>;

export type IsBlockedIdentifier = (type: IdentifierType, value: string) => boolean;

const setOf = (texts: string): ReadonlySet<string> => new Set(texts.split('|'));

/** What programs, databases and spreadsheets write for "nothing", and people for "I do not say". In small letters. */
const nullTexts: ReadonlySet<string> = setOf(
  'null|(null)|<null>|[null]|\\n|nil|<nil>|dbnull|system.dbnull|nan|#n/a|#na|#null!|#ref!|#value!|' +
    '#name?|#num!|#div/0!|undefined|[object object]|[object undefined]|[object null]|none|(none)|<none>|' +
    'n/a|n.a.|n.a|na|(n/a)|not set|(not set)|not available|not provided|(not provided)|unset|empty|' +
    '(empty)|blank|(blank)|<blank>|unknown|(unknown)|<unknown>|anonymous|(anonymous)|guest|true|false|-1|' +
    '\u2013|\u2014|\u2212',
);

const testAddresses: ReadonlySet<string> = setOf(
  'test@example.com|no@email.com|email@example.com|user@example.com|test@gmail.com|test@email.com|' +
    'asdf@gmail.com',
);

/** Words that people type on both sides of the at sign to get past a form, such as `none@none.com`. */
const placeholderWords: ReadonlySet<string> = setOf(
  'none|na|n-a|nil|null|noemail|nomail|email|mail|test|testing|unknown|undefined|abc|xyz|asdf|qwerty|' +
    'user|name|a|aa|aaa|x|xx|xxx',
);

/** Local parts behind which no person reads, whatever the domain. */
const unreadLocals: ReadonlySet<string> = setOf(
  'none|null|undefined|noemail|no-email|no_email|nomail|no-mail|noreply|no-reply|donotreply|' +
    'do-not-reply|invalid',
);

const oneDigitRepeated = /^\+?(\d)\1*$/;
const countedDigits = /^\+?0?123456?7?8?9?0?$/;

const allZeros = /^[0\-+.:{}]+$/;
const onlyPunctuation = /^[!-/:-@[-`{-~]+$/;
/** A template that was sent before it was filled in. */
const templatePattern = /^(?:\{\{.*\}\}|\$\{.*\}|%%.*%%|<%.*%>)$/;
const quoted = /^(["'`])(.*)\1$/;

/** @param value normalized */
export const isBlockedIdentifier: IsBlockedIdentifier = (type, value) => {
  const text = unquote(value.toLowerCase());
  if (nullTexts.has(text) || allZeros.test(text) || onlyPunctuation.test(text) || text.trim() === '')
    return true;
  if (templatePattern.test(text)) return true;
  if (!hasContactForm(type, value)) return true;
  if (type === 'email') return isPlaceholderAddress(value);
  return type === 'phone' && (oneDigitRepeated.test(value) || countedDigits.test(value));
};

function isPlaceholderAddress(address: string): boolean {
  const [local = '', domain = ''] = address.split('@', 2);
  if (testAddresses.has(address) || unreadLocals.has(local)) return true;
  return placeholderWords.has(local) && domain.startsWith(`${local}.`);
}

/**
 * The shipped rule with a deployment's own values.
 *
 * @param normalize what the caller does to a normalized value beyond `normalizeIdentifier`
 */
export function createIsBlocked(
  setting: BlockedIdentifiersSetting,
  normalize: (type: IdentifierType, value: string) => string = (_type, value) => value,
): IsBlockedIdentifier {
  const block = valuesByType(setting.block, normalize);
  const allow = valuesByType(setting.allow, normalize);
  if (block.size === 0 && allow.size === 0) return isBlockedIdentifier;
  return (type, value) => {
    const folded = value.toLowerCase();
    if (isListed(allow, type, folded)) return false;
    return isListed(block, type, folded) || isBlockedIdentifier(type, value);
  };
}

/** The definition as text, for a fingerprint: the same for settings that say the same. */
export function blockedDefinition(setting: BlockedIdentifiersSetting): string {
  const sorted = (lists: ValuesByType): unknown =>
    [...lists]
      .map(([type, values]) => [type, [...values].toSorted()] as const)
      .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([
    blockedListVersion,
    sorted(valuesByType(setting.block)),
    sorted(valuesByType(setting.allow)),
  ]);
}

type ValuesByType = ReadonlyMap<string, ReadonlySet<string>>;

function valuesByType(
  lists: Readonly<Record<string, readonly string[]>> = {},
  normalize: (type: IdentifierType, value: string) => string = (_type, value) => value,
): ValuesByType {
  return new Map(
    Object.entries(lists)
      .filter(([, values]) => values.length > 0)
      .map(([type, values]) => [type, new Set(values.map((value) => normalizedFor(type, value, normalize)))]),
  );
}

function normalizedFor(
  type: string,
  value: string,
  normalize: (type: IdentifierType, value: string) => string,
): string {
  const known = isIdentifierType(type) ? type : 'user_id';
  const normalized = normalizeIdentifier(known, value);
  return (normalized.ok ? normalize(known, normalized.value) : value).toLowerCase();
}

function isListed(lists: ValuesByType, type: IdentifierType, folded: string): boolean {
  return [anyType, typeFamily(type), type].some((name) => lists.get(name)?.has(folded) ?? false);
}

/** Some clients send `"null"` with its quotes. */
function unquote(text: string): string {
  const inner = quoted.exec(text)?.[2];
  return inner === undefined ? text : unquote(inner.trim());
}
