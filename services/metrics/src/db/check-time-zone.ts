/**
 * Figures get their days from Intl and verifications from Postgres, so the two must read the zone's name alike. They do not
 * for some: `CET`, `EET`, `MET` and `WET` are abbreviations without summer time to Postgres and zones with it to Intl; others
 * differ where one of the two has newer rules.
 */
import { ConfigError } from '@throughline/runtime';
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';

const dayMs = 86_400_000;
const invalidParameterValue = '22023';

/**
 * Compares at noon of every day of the years that touchpoints are mostly from: 15,000 days in one query, once at start.
 *
 * @throws ConfigError naming the first day on which they differ
 */
export async function checkTimeZone(
  pool: Pool,
  { timeZone, offsetOf }: Pick<ReportingCalendar, 'timeZone' | 'offsetOf'>,
  days: { from: string; to: string } = { from: '2000-01-01', to: '2040-12-31' },
): Promise<void> {
  for (const { instant, offsetSeconds } of await readOffsets(pool, timeZone, days)) {
    const expected = offsetOf(instant) / 1_000;
    if (offsetSeconds === expected) continue;
    throw new ConfigError(
      `THROUGHLINE_TIME_ZONE: Postgres and Node.js read ${timeZone} differently (on ${new Date(instant).toISOString().slice(0, 10)} ` +
        `${formatOffset(offsetSeconds)} and ${formatOffset(expected)} from UTC); name a city, such as Europe/Berlin, or ` +
        'bring the time zone data of both up to date',
    );
  }
}

async function readOffsets(
  pool: Pool,
  timeZone: string,
  { from, to }: { from: string; to: string },
): Promise<{ instant: number; offsetSeconds: number }[]> {
  try {
    const { rows } = await pool.query<{ first: number; offsets: number[] }>(
      `select min(extract(epoch from at))::float8 as first,
              array_agg(extract(epoch from at at time zone $1 - at at time zone 'UTC')::int order by at) as offsets
       from generate_series($2::timestamptz, $3::timestamptz, interval '1 day') as at`,
      [timeZone, `${from}T12:00:00Z`, `${to}T12:00:00Z`],
    );
    const { first = 0, offsets = [] } = rows[0] ?? {};
    return offsets.map((offsetSeconds, index) => ({ instant: first * 1_000 + index * dayMs, offsetSeconds }));
  } catch (error) {
    if ((error as { code?: unknown }).code !== invalidParameterValue) throw error;
    throw new ConfigError(
      `THROUGHLINE_TIME_ZONE: Postgres does not know ${timeZone}; name a city, such as Europe/Berlin`,
    );
  }
}

function formatOffset(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${seconds < 0 ? '-' : '+'}${hours}:${rest}`;
}
