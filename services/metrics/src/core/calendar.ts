/**
 * Civil days in the reporting zone, as days since 1970-01-01. The zone's offset is asked of Intl once an hour of UTC: a
 * whole hour between two equal offsets has that offset, and only hours with a change inside are asked for each instant.
 */

export interface ReportingCalendar {
  timeZone: string;
  /** Local time minus UTC at an instant, ms. */
  offsetOf(instant: number): number;
  /** The civil day of an instant (ms since 1970). */
  dayOf(instant: number): number;
  /** The instant from which on a day's figures change only by restatements. */
  closeOf(day: number): number;
  /** The last day that is closed at an instant. */
  lastClosedDay(instant: number): number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const cachedHours = 100_000;

/** @throws RangeError when the zone is unknown */
export function createReportingCalendar(timeZone: string, closeHours: number): ReportingCalendar {
  const offsetOf = timeZone === 'UTC' ? () => 0 : createOffsetLookup(timeZone);

  /** First instant after the whole day `day - 1`; across a change at midnight, the change itself. */
  function startOf(day: number): number {
    const local = day * dayMs;
    const first = local - offsetOf(local);
    const second = local - offsetOf(first);
    return first === second ? first : Math.max(first, second);
  }

  const dayOf = (instant: number): number => Math.floor((instant + offsetOf(instant)) / dayMs);
  const closeOf = (day: number): number => startOf(day + 1) + closeHours * hourMs;
  return {
    timeZone,
    offsetOf,
    dayOf,
    closeOf,
    lastClosedDay(instant) {
      let day = dayOf(instant);
      while (closeOf(day) > instant) day -= 1;
      return day;
    },
  };
}

function createOffsetLookup(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  /** NaN for an hour with a change inside. */
  const offsets = new Map<number, number>();

  function askOffset(instant: number): number {
    const parts = Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, part.value]));
    const number = (name: string) => Number(parts[name]);
    const year = parts['era']?.startsWith('B') === true ? 1 - number('year') : number('year');
    const local = new Date(0);
    local.setUTCFullYear(year, number('month') - 1, number('day'));
    local.setUTCHours(number('hour'), number('minute'), number('second'));
    return local.getTime() - Math.floor(instant / 1_000) * 1_000;
  }

  return (instant) => {
    const hour = Math.floor(instant / hourMs);
    let offset = offsets.get(hour);
    if (offset === undefined) {
      if (offsets.size >= cachedHours) offsets.clear();
      const first = askOffset(hour * hourMs);
      offset = first === askOffset((hour + 1) * hourMs - 1_000) ? first : Number.NaN;
      offsets.set(hour, offset);
    }
    return Number.isNaN(offset) ? askOffset(instant) : offset;
  };
}

// Journeys and reports name the same days again and again: remembered, a day takes a twentieth of the time. Changes no answer, so
// the function is still pure.
const formattedDays = new Map<number, string>();
const formattedDaysMax = 5_000;

/** `YYYY-MM-DD` of a day number; years past 9999 or before 0 do not occur. */
export function formatDay(day: number): string {
  const known = formattedDays.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * dayMs).toISOString().slice(0, 10);
  if (formattedDays.size >= formattedDaysMax) formattedDays.clear();
  formattedDays.set(day, text);
  return text;
}

/** The day number of a real `YYYY-MM-DD`, or null. */
export function parseDay(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  const instant = Date.parse(`${text}T00:00:00.000Z`);
  if (Number.isNaN(instant)) return null;
  const day = instant / dayMs;
  return formatDay(day) === text ? day : null;
}
