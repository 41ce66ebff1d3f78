/** Numbers, days and times as people read them. English, whatever the browser's language: so are the words around them. */

const locale = 'en-GB';
const count = new Intl.NumberFormat(locale);
const signed = new Intl.NumberFormat(locale, { signDisplay: 'exceptZero' });
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(locale, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const ratio = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const day = new Intl.DateTimeFormat(locale, {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const dayAndMonth = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short' });
const month = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

export const missing = '–';

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? missing : count.format(value);
}

export function formatChange(value: number): string {
  return signed.format(value);
}

export function formatCompact(value: number): string {
  return compact.format(value);
}

/** @param value 0 to 1 */
export function formatPercent(value: number | null | undefined): string {
  return value === null || value === undefined ? missing : percent.format(value);
}

export function formatRatio(value: number | null | undefined): string {
  return value === null || value === undefined ? missing : ratio.format(value);
}

/** @param text YYYY-MM-DD */
export function formatDay(text: string): string {
  return formatDate(day, text);
}

export function formatDayAndMonth(text: string): string {
  return formatDate(dayAndMonth, text);
}

export function formatMonth(text: string): string {
  return formatDate(month, text);
}

/** @param text RFC 3339; shown in the browser's zone */
export function formatMoment(text: string | null | undefined): string {
  if (text === null || text === undefined) return missing;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : moment.format(date);
}

/** How long ago, in one unit. */
export function formatAge(text: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(text)) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** From a code such as `late_touchpoint` or `customersAtStart`: "late touchpoint", "customers at start". */
export function formatCode(code: string): string {
  return code
    .replaceAll('_', ' ')
    .replaceAll(
      /([a-z])([A-Z])/g,
      (_match, before: string, after: string) => `${before} ${after.toLowerCase()}`,
    );
}

function formatDate(format: Intl.DateTimeFormat, text: string): string {
  const date = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? text : format.format(date);
}
