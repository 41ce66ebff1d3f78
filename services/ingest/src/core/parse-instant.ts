/**
 * RFC 3339 instants, strictly: `Date.parse` takes 30 February, a time without a zone (as local time) and the year 275760.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):?(\d\d))$/;

/** Below it lie the zero values of other languages (year 1), not customers; and Date.UTC takes 99 for 1999. */
const earliestYear = 1900;
const minuteMs = 60_000;

export const instantExpectation = 'an RFC 3339 instant with a zone, such as 2026-03-01T09:30:00.000Z';

/** Milliseconds since 1970, fractions of them dropped; null when the text is not a real instant from 1900 on. */
export function parseInstant(text: unknown): number | null {
  if (typeof text !== 'string' || text.length > 40) return null;
  const parts = pattern.exec(text);
  if (parts === null) return null;
  const year = Number(parts[1]);
  const month = Number(parts[2]);
  const day = Number(parts[3]);
  const hour = Number(parts[4]);
  const minute = Number(parts[5]);
  const second = Number(parts[6]);
  const fractionMs = parts[7] === undefined ? 0 : Number(parts[7].slice(0, 3).padEnd(3, '0'));
  if (year < earliestYear || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const offset = offsetMinutes(parts[9], parts[10], parts[11]);
  if (offset === null) return null;
  const instantMs = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs) - offset * minuteMs;
  // A leap second ends a day in UTC; Date.UTC has already carried it into the next day.
  if (second === 60 && instantMs % 86_400_000 >= 1_000) return null;
  return instantMs;
}

function offsetMinutes(
  sign: string | undefined,
  hours: string | undefined,
  minutes: string | undefined,
): number | null {
  if (sign === undefined) return 0;
  const [wholeHours, restMinutes] = [Number(hours), Number(minutes)];
  if (wholeHours > 23 || restMinutes > 59) return null;
  return (wholeHours * 60 + restMinutes) * (sign === '-' ? -1 : 1);
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysInMonth(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (monthLengths[month - 1] ?? 0);
}
