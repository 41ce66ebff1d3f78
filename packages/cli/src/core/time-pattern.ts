/** Patterns of times, in the letters of Unicode (https://unicode.org/reports/tr35/tr35-dates.html), as regular expressions. */

const tokens: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  yy: '(?<shortYear>\\d{2})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  hh: '(?<hour>\\d{2})',
  h: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<ms>\\d{3})',
  a: '(?<half>[ap]\\.?m\\.?)',
};
/** Quoted text stands for itself; two quotes are one. */
const piecePattern = /'(?<quoted>(?:[^']|'')*)'|yyyy|yy|MMMM|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|a/g;

function tokensOf(format: string): string[] {
  return [...format.matchAll(piecePattern)]
    .filter(({ groups }) => groups?.['quoted'] === undefined)
    .map(([token]) => token);
}

/** What is wrong with a pattern, or null. */
export function findPatternFault(format: string): string | null {
  const found = tokensOf(format);
  const has = (letter: string): boolean => found.some((token) => token.startsWith(letter));
  if (!has('y') || !has('M') || !has('d')) {
    return 'iso, epochSeconds, epochMilliseconds or a pattern with at least a year (yyyy), month (MM) and day (dd) is expected';
  }
  const parts = found.map((token) => (token.startsWith('h') ? 'H' : token.slice(0, 1)));
  if (new Set(parts).size < parts.length)
    return "each part may stand once; other text stands in quotes ('at')";
  if (has('h') !== has('a')) return 'hours of twelve (h) need AM or PM (a), and those hours of twelve';
  return null;
}

export function hasHour(format: string): boolean {
  return tokensOf(format).some((token) => token.startsWith('H') || token.startsWith('h'));
}

export interface CompiledPattern {
  /** Its groups are those of `tokens`, and `monthName`. */
  pattern: RegExp;
  /** From 1, by folded name. */
  months: ReadonlyMap<string, number>;
}

export function compilePattern(format: string, locale: string): CompiledPattern {
  const months = monthsOf(locale);
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  let source = '';
  let at = 0;
  for (const match of format.matchAll(piecePattern)) {
    source += escape(format.slice(at, match.index));
    at = match.index + match[0].length;
    const quoted = match.groups?.['quoted'];
    if (quoted !== undefined) source += escape(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
    else
      source += match[0].startsWith('MMM') ? '(?<monthName>[\\p{L}\\p{M}]+\\.?)' : (tokens[match[0]] ?? '');
  }
  source += escape(format.slice(at));
  // Office programs and newer versions of ICU put no-break spaces before AM and PM.
  const spaced = source.replaceAll(' ', '[ \\u00a0\\u202f]');
  return { pattern: new RegExp(`^${spaced}$`, 'iu'), months };
}

export function isLocale(locale: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0;
  } catch {
    return false;
  }
}

/** Case, the point of an abbreviation and the form of accents say nothing. */
export function foldMonth(name: string): string {
  return name.normalize('NFC').replace(/\.$/, '').toLowerCase();
}

const monthForms: readonly Intl.DateTimeFormatOptions[] = [
  { month: 'long' },
  { month: 'short' },
  // In many languages the name differs beside a day: Russian and Polish have another case there.
  { month: 'long', day: 'numeric' },
  { month: 'short', day: 'numeric' },
];

/** Long and short names; those of English always, for programs write them everywhere. */
function monthsOf(locale: string): Map<string, number> {
  const months = new Map<string, number>([['sept', 9]]);
  for (const language of ['en', locale]) {
    for (const form of monthForms) {
      const format = new Intl.DateTimeFormat(language, { ...form, timeZone: 'UTC' });
      for (let month = 1; month <= 12; month += 1) {
        const parts = format.formatToParts(Date.UTC(2_024, month - 1, 1));
        const name = parts.find(({ type }) => type === 'month')?.value;
        if (name !== undefined) months.set(foldMonth(name), month);
      }
    }
  }
  return months;
}
