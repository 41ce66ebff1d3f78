/** Calendar days of the reporting time zone, as whole numbers that can be counted. */

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Days from 1970-01-01 to the calendar day that the zone's clocks show at the instant. */
export function dayOf(instant: string, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const asDate = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      ...asDate,
    });
    formats.set(timeZone, format);
  }
  const part = new Map(
    format.formatToParts(new Date(instant)).map(({ type, value }) => [type, Number(value)]),
  );
  return Date.UTC(part.get('year') ?? 0, (part.get('month') ?? 0) - 1, part.get('day')) / dayMs;
}

/** @param date `YYYY-MM-DD` */
export function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00.000Z`) / dayMs;
}

export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}
