/**
 * Whether a person who has not seen a transaction's number could name it. Numbers that count up are guessed by counting; a
 * random one of about 120 bits is known only to those it was shown to, so naming it is a claim. Conservative: what does not
 * look random is guessable.
 */

const randomUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const hexadecimal = /^[0-9a-f]{32,}$/i;
const base64url = /^[A-Za-z0-9_-]{22,}$/;

/** Shortest run of hexadecimal digits that holds 128 bits. */
const fewestDistinctHex = 10;
const fewestDistinctBase64 = 14;

/** @param value normalized */
export function isGuessableNumber(value: string): boolean {
  if (randomUuid.test(value))
    return distinctCharacters(value.replaceAll('-', '').toLowerCase()) < fewestDistinctHex;
  if (hexadecimal.test(value))
    return !isMixed(value) || distinctCharacters(value.toLowerCase()) < fewestDistinctHex;
  if (!base64url.test(value)) return true;
  return !looksRandom(value);
}

/** Digits alone are a counter or a date, however long. */
function isMixed(value: string): boolean {
  return /\d/.test(value) && /[a-f]/i.test(value);
}

/** Small and capital letters and digits, none in a long run of its own kind, as words, dates and counters are. */
function looksRandom(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value));
  const hasLongRun = /[a-z]{8}|[A-Z]{8}|\d{6}/.test(value);
  return kinds && !hasLongRun && distinctCharacters(value) >= fewestDistinctBase64;
}

function distinctCharacters(value: string): number {
  return new Set(value).size;
}
