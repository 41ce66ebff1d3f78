/** Times of files as instants: by a pattern, in a zone that the mapping names where the text itself has none. */
import { isTimeZone, localToInstant, parseIsoTime, type IsoTime } from '@throughline/contracts';
import { MappingFault } from './mapping-fault.ts';

export interface TimeFormat {
  /** `iso`, `epochSeconds`, `epochMilliseconds`, or a pattern of yyyy MM dd HH mm ss SSS. */
  format: string;
  /** IANA name. */
  zone?: string | undefined;
  /** For texts without a time of day, such as `12:00:00`. */
  at?: string | undefined;
}

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
const tokens: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<ms>\\d{3})',
};
const tokenPattern = /yyyy|MM|M|dd|d|HH|H|mm|ss|SSS/g;
const timeOfDay = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/** What is wrong with a format, or null. */
export function findFormatFault({ format, zone, at }: TimeFormat): string | null {
  if (at !== undefined && !timeOfDay.test(at)) return 'at: a time of day such as 12:00:00 is expected';
  if (zone !== undefined && !isTimeZone(zone))
    return `zone: ${JSON.stringify(zone)} is not a time zone, such as Europe/Paris`;
  if (format === 'iso' || format === 'epochSeconds' || format === 'epochMilliseconds') return null;
  const found: string[] = format.match(tokenPattern) ?? [];
  if (['yyyy', 'M', 'd'].some((need) => !found.some((token) => token.startsWith(need)))) {
    return `format: iso, epochSeconds, epochMilliseconds or a pattern with at least yyyy, MM and dd is expected`;
  }
  if (new Set(found.map((token) => token[0])).size < found.length) return 'format: each part may stand once';
  if (zone === undefined) return 'zone: a pattern gives local time, so a zone is needed, such as UTC';
  if (!found.some((token) => token.startsWith('H')) && at === undefined) {
    return 'at: the pattern has no hour, so a time of day is needed, such as 12:00:00';
  }
  return null;
}

/** Returns a parser from text to an RFC 3339 instant, which throws MappingFault. */
export function createTimeParser(format: TimeFormat): (text: string) => string {
  if (format.format === 'epochSeconds') return (text) => epoch(text, 1_000);
  if (format.format === 'epochMilliseconds') return (text) => epoch(text, 1);
  const parse = format.format === 'iso' ? parseIsoTime : createPatternParser(format.format);
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

function createPatternParser(format: string): (text: string) => IsoTime | null {
  const pattern = patternOf(format);
  return (text) => {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) return null;
    const [year, month, day, hour, minute, second, ms] = wallParts.map((part) => Number(groups[part] ?? 0));
    const wallMs = utcOf([year, month, day, hour, minute, second, ms] as Wall);
    return wallMs === null ? null : { wallMs, hasTime: groups['hour'] !== undefined, offsetMinutes: null };
  };
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

function patternOf(format: string): RegExp {
  const escaped = format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(tokenPattern, (token) => tokens[token] ?? token)}$`);
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
