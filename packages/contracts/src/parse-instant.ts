/**
 * Times as text, strictly: `Date.parse` takes 30 February, a time without a zone (as local time) and the year 275760. The
 * one parser of the system, for touchpoints and for files: RFC 3339, what ISO 8601 has beyond it (seconds left out, as
 * Java's OffsetDateTime does on the minute; offsets of hours only), and what databases write (Postgres
 * `2026-01-02 03:04:05+00`, BigQuery `2026-01-02 03:04:05 UTC`).
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
const pattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?)?(?: ?([Zz]|UTC)| ?([+-])(\d\d)(?::?(\d\d))?)?$/;

/** Below it lie the zero values of other languages (year 1), not customers; and Date.UTC takes 99 for 1999. */
const earliestYear = 1900;
const minuteMs = 60_000;
const dayMs = 86_400_000;

export const instantExpectation = 'an RFC 3339 instant with a zone, such as 2026-03-01T09:30:00.000Z';

export interface IsoTime {
  /** What the clock on the wall shows, as milliseconds since 1970 as if it stood in UTC; fractions of them dropped. */
  wallMs: number;
  /** False for a date alone; `wallMs` is then its midnight. */
  hasTime: boolean;
  /** East of UTC; null where the text has no zone. */
  offsetMinutes: number | null;
}

/** The parts of a time as text; null when there is no such day, hour or offset, or before the year 1900. */
export function parseIsoTime(text: string): IsoTime | null {
  if (text.length > 50) return null;
  const parts = pattern.exec(text);
  if (parts === null) return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const [hour, minute, second] = [Number(parts[4] ?? 0), Number(parts[5] ?? 0), Number(parts[6] ?? 0)];
  if (year < earliestYear || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const hasTime = parts[4] !== undefined;
  const offset = parts[8] === undefined ? offsetOf(parts[9], parts[10], parts[11]) : 0;
  if (offset === 'none') return null;
  // A zone behind a date alone is no form that anything writes.
  if (!hasTime && offset !== null) return null;
  const ms = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  // A leap second ends a day in UTC; Date.UTC has already carried it into the next day.
  if (second === 60 && (offset === null || msOfDay(wallMs - offset * minuteMs) >= 1_000)) return null;
  return { wallMs, hasTime, offsetMinutes: offset };
}

/** Milliseconds since 1970, fractions of them dropped; null when the value is not a real instant from 1900 on. */
export function parseInstant(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const time = parseIsoTime(value);
  if (time === null || !time.hasTime || time.offsetMinutes === null) return null;
  return time.wallMs - time.offsetMinutes * minuteMs;
}

function msOfDay(instantMs: number): number {
  return ((instantMs % dayMs) + dayMs) % dayMs;
}

/** Minutes east of UTC; null without a zone, `none` where there is no such offset. */
function offsetOf(
  sign: string | undefined,
  hours: string | undefined,
  minutes: string | undefined,
): number | null | 'none' {
  if (sign === undefined) return null;
  const [wholeHours, restMinutes] = [Number(hours), Number(minutes ?? 0)];
  if (wholeHours > 23 || restMinutes > 59) return 'none';
  return (wholeHours * 60 + restMinutes) * (sign === '-' ? -1 : 1);
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysInMonth(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (monthLengths[month - 1] ?? 0);
}
