/** Times of files as instants: by a pattern, in a zone that the mapping names where the text itself has none. */
import { isTimeZone, localToInstant, parseIsoTime, type IsoTime } from '@throughline/contracts';
import { MappingFault } from './mapping-fault.ts';
import { compilePattern, findPatternFault, foldMonth, hasHour, isLocale } from './time-pattern.ts';

export interface TimeFormat {
  /** `iso`, `epochSeconds`, `epochMilliseconds`, or a pattern. */
  format: string;
  /** Of the names of months: a BCP 47 tag. Default: en. */
  locale?: string | undefined;
  /** IANA name. */
  zone?: string | undefined;
  /** For texts without a time of day, such as `12:00:00`. */
  at?: string | undefined;
}

/** Local time, as a clock on the wall shows it; `wallMs` is the same as if it were UTC. */
type Wall = [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
];

const wallParts = ['year', 'month', 'day', 'hour', 'minute', 'second', 'ms'] as const;
const timeOfDay = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const noPattern = ['iso', 'epochSeconds', 'epochMilliseconds'];

/** What is wrong with a format, or null. */
export function findFormatFault({ format, zone, at, locale }: TimeFormat): string | null {
  if (at !== undefined && !timeOfDay.test(at)) return 'at: a time of day such as 12:00:00 is expected';
  if (zone !== undefined && !isTimeZone(zone))
    return `zone: ${JSON.stringify(zone)} is not a time zone, such as Europe/Paris`;
  if (locale !== undefined && !isLocale(locale)) {
    return `locale: ${JSON.stringify(locale)} is not a language whose months are known, such as de or pt-BR`;
  }
  if (noPattern.includes(format)) return null;
  const fault = findPatternFault(format);
  if (fault !== null) return `format: ${fault}`;
  if (zone === undefined) return 'zone: a pattern gives local time, so a zone is needed, such as UTC';
  if (!hasHour(format) && at === undefined) {
    return 'at: the pattern has no hour, so a time of day is needed, such as 12:00:00';
  }
  return null;
}

/** Returns a parser from text to an RFC 3339 instant, which throws MappingFault. */
export function createTimeParser(format: TimeFormat): (text: string) => string {
  if (format.format === 'epochSeconds') return (text) => epoch(text, 1_000);
  if (format.format === 'epochMilliseconds') return (text) => epoch(text, 1);
  const parse =
    format.format === 'iso' ? parseIsoTime : createPatternParser(format.format, format.locale ?? 'en');
  const atMs = millisecondsOf(format.at);
  const { zone } = format;
  return (text) => {
    const time = parse(text);
    if (time === null) throw notATime(text);
    if (!time.hasTime && atMs === null)
      throw notATime(text, 'it has no time of day, and the mapping names none');
    const wallMs = time.hasTime ? time.wallMs : time.wallMs + (atMs ?? 0);
    if (time.offsetMinutes !== null) return new Date(wallMs - time.offsetMinutes * 60_000).toISOString();
    if (zone === undefined) throw notATime(text, 'it has no zone, and the mapping names none');
    return new Date(localToInstant(wallMs, zone)).toISOString();
  };
}

function millisecondsOf(at: string | undefined): number | null {
  const found = timeOfDay.exec(at ?? '');
  if (found === null) return null;
  return (Number(found[1]) * 3_600 + Number(found[2]) * 60 + Number(found[3] ?? 0)) * 1_000;
}

function createPatternParser(format: string, locale: string): (text: string) => IsoTime | null {
  const { pattern, months } = compilePattern(format, locale);
  return (text) => {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) return null;
    const read = (part: string): number => Number(groups[part] ?? 0);
    const wall = wallParts.map(read) as Wall;
    if (groups['monthName'] !== undefined) wall[1] = months.get(foldMonth(groups['monthName'])) ?? 0;
    if (groups['shortYear'] !== undefined) wall[0] = fullYear(read('shortYear'));
    if (groups['half'] !== undefined) wall[3] = hourOfHalf(read('hour'), groups['half']);
    const wallMs = utcOf(wall);
    return wallMs === null ? null : { wallMs, hasTime: groups['hour'] !== undefined, offsetMinutes: null };
  };
}

/** As spreadsheets and databases read two digits: 00 to 69 are of this century. */
function fullYear(twoDigits: number): number {
  return twoDigits < 70 ? 2_000 + twoDigits : 1_900 + twoDigits;
}

/** 12 AM is midnight, 12 PM noon; an hour outside of 1 to 12 is none. */
function hourOfHalf(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return 24;
  return (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0);
}

function utcOf([year, month, day, hour, minute, second, ms]: Wall): number | null {
  const instant = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const date = new Date(instant);
  const isReal =
    year >= 1900 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return isReal ? instant : null;
}

function epoch(text: string, factor: number): string {
  const instant = /^-?\d{1,17}(\.\d{1,9})?$/.test(text) ? Math.floor(Number(text) * factor) : Number.NaN;
  if (!(Math.abs(instant) <= 8.64e15)) throw notATime(text);
  return new Date(instant).toISOString();
}

function notATime(
  text: string,
  why = 'it does not match the format, or there is no such day, hour or offset',
): MappingFault {
  return new MappingFault('not_a_time', `${JSON.stringify(text.slice(0, 40))} is not a time: ${why}`);
}
