/** The days that decide which figures of a day a profile is behind. */
import type { Pool } from 'pg';
import type { DecisiveDays } from '../core/explained-figure.ts';
import { activeDayOfPart, isIdentified, profileParts } from './profile-parts.ts';

/** Of an identified profile; null for another, which is behind no figure of growth. */
export async function findDecisiveDays(
  pool: Pool,
  generation: number,
  asked: { profile: string; activity: number; day: number; window: number },
): Promise<DecisiveDays | null> {
  const { rows } = await pool.query<DecisiveDays & { isIdentified: boolean | null }>(
    `select ${isIdentified} as "isIdentified",
            max(${activeDayOfPart('max', '$3::smallint', 'day <= $4::int')}) as last,
            max(${activeDayOfPart('max', '$3::smallint', 'day <= $4::int - $5::int')}) as before
     from (${profileParts('$2::uuid')}) as part`,
    [generation, asked.profile, asked.activity, asked.day, asked.window],
  );
  const [found] = rows;
  return found?.isIdentified === true ? { last: found.last, before: found.before } : null;
}

/** The first two days of the activity by a day: those on which a profile becomes a customer, and a repeat one. */
export async function findFirstDays(
  pool: Pool,
  generation: number,
  asked: { profile: string; activity: number; day: number },
): Promise<number[]> {
  const days = (condition: string) => `
    (select day from metrics.activity_day
     where identifier = part.id and ${condition} and activity = $3 and day <= $4 and generation + 0 = $1
     order by day limit 2)`;
  const { rows } = await pool.query<{ day: number }>(
    `select distinct early.day
     from (${profileParts('$2::uuid')}) as part
     cross join lateral (${days('is_attached')} union all ${days('not is_attached and part.root = part.id')}) as early
     order by day limit 2`,
    [generation, asked.profile, asked.activity, asked.day],
  );
  return rows.map(({ day }) => day);
}
