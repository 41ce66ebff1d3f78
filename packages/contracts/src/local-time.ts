/** Times of a clock on a wall as instants: tills and files write them without a zone, and something else names it. */

const dayMs = 86_400_000;

/** Formats are slow to make; there are about 600 zones, in spellings without end. */
const formats = new Map<string, Intl.DateTimeFormat>();
const formatsMax = 1_000;

/** Whether the text is the name of an IANA time zone, such as `Europe/Paris`. */
export function isTimeZone(zone: string): boolean {
  // Offsets such as +02:00 pass for Intl, but have no summer time and another sign in Postgres.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The earlier instant where a wall clock shows a time twice; where it skips one, as if it had not been put forward.
 * @param wallMs what the clock shows, as milliseconds since 1970 as if it stood in UTC
 * @throws RangeError for a zone that is none
 */
export function localToInstant(wallMs: number, zone: string): number {
  if (zone === 'UTC') return wallMs;
  const format = formatOf(zone);
  const before = offsetAt(format, wallMs - dayMs);
  const after = offsetAt(format, wallMs + dayMs);
  const candidates = [wallMs - before, wallMs - after].sort((left, right) => left - right);
  return candidates.find((instant) => offsetAt(format, instant) === wallMs - instant) ?? wallMs - before;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formats.size < formatsMax) formats.set(zone, format);
  return format;
}

/** Milliseconds east of UTC. */
function offsetAt(format: Intl.DateTimeFormat, instantMs: number): number {
  const parts = Object.fromEntries(
    format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instantMs / 1_000) * 1_000;
}
