/**
 * How far the profiles got that first reached a stage within a range of days. Read from the stage marks, in order of time, of
 * those that have a mark of that stage within the range; both are limited.
 */
import type { Pool } from 'pg';
import { firstPartMark } from './part-marks.ts';
import { isIdentified, profileParts } from './profile-parts.ts';

export interface FunnelQuestion {
  /** Stages in their order. */
  steps: readonly string[];
  /** Days on which the first step is reached, both included. */
  from: number;
  to: number;
  /** Days from the first step to the last, which is included. */
  window: number;
  /** Purchases by the end of the day of the first step, 2 for more; null for any. */
  purchases: 0 | 1 | 2 | null;
  /** Number of the purchase activity. */
  activity: number;
}

export interface FoundFunnel {
  /** For each step. */
  profiles: number[];
  /** Whether more touchpoints or profiles were there than are read. */
  isTooLong: boolean;
}

/** Touchpoints of the first step within the range. */
export const maxFunnelTouchpoints = 500_000;
/** Profiles that have them. */
export const maxFunnelProfiles = 50_000;

/** @param count of steps */
function statementOf(count: number): string {
  const later = Array.from({ length: count - 1 }, (_value, index) => index + 2);
  const step = (place: number) => `
    left join lateral (${firstPartMark(`
      stage = ($7::text[])[${place}] and day >= step${place - 1}.day and day <= step1.day + $4
      and occurred_at > step${place - 1}.occurred_at`)}) as step${place} on true`;
  return `
    with read as materialized (
      select identifier from metrics.stage_mark
      where day between $2 and $3 and stage = ($7::text[])[1] and generation = $1 limit $5),
    candidate as materialized (
      select distinct root.profile
      from (select distinct identifier from read) as seen
      join metrics.identifier as held on held.id = seen.identifier and held.generation = $1
      join metrics.identifier as root on root.id = held.root and root.generation = $1
      limit $6),
    entered as materialized (
      select asked.profile, step1.day, step1.occurred_at
      from candidate as asked
      cross join lateral (select ${isIdentified} as is_identified from (${profileParts('asked.profile')}) as part) as whole
      cross join lateral (${firstPartMark('stage = ($7::text[])[1]')}) as step1
      where whole.is_identified and step1.day >= $2
        and ($8::int is null or $8 = (
          select least(2, coalesce(sum(own.count), 0))
          from (${profileParts('asked.profile')}) as part
          cross join lateral (
            select count from metrics.activity_day
            where identifier = part.id and (is_attached or part.root = part.id) and activity = $9
              and day <= step1.day and generation + 0 = $1
            order by is_attached, activity, day limit 4) as own))),
    reached as (
      select step1.day, ${later.map((place) => `step${place}.day as day${place}`).join(', ')}
      from (select profile, day, occurred_at from entered) as step1
      cross join lateral (select step1.profile) as asked
      ${later.map(step).join('')})
    select (select count(*)::int from read) as read, (select count(*)::int from candidate) as candidates,
           array[count(*), ${later.map((place) => `count(day${place})`).join(', ')}]::int[] as profiles
    from reached`;
}

export async function findFunnel(
  pool: Pool,
  generation: number,
  { steps, from, to, window, purchases, activity }: FunnelQuestion,
): Promise<FoundFunnel> {
  const { rows } = await pool.query<{ read: number; candidates: number; profiles: number[] }>(
    statementOf(steps.length),
    [
      generation,
      from,
      to,
      window,
      maxFunnelTouchpoints + 1,
      maxFunnelProfiles + 1,
      steps,
      purchases,
      activity,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the funnel has no row');
  return {
    profiles: row.profiles,
    isTooLong: row.read > maxFunnelTouchpoints || row.candidates > maxFunnelProfiles,
  };
}
