/**
 * The profiles behind a figure of growth accounting on a day. Read along the index of days, a bounded number of its rows at a
 * time, so a page costs the same however many profiles there are.
 */
import type { Pool } from 'pg';
import {
  growthFiguresOf,
  searchedDays,
  type DecisiveDays,
  type GrowthFigure,
} from '../core/explained-figure.ts';
import { activeDayOfPart, isIdentified, profileParts } from './profile-parts.ts';

export interface GrowthPosition {
  day: number;
  /** Of the rows that were read last, which need not have been of a profile behind the figure. */
  identifier: string;
}

export interface GrowthProfile extends DecisiveDays {
  profile: string;
}

export interface GrowthProfilePage {
  profiles: GrowthProfile[];
  /** Null at the end. */
  next: GrowthPosition | null;
}

export interface GrowthProfileQuestion {
  figure: GrowthFigure;
  /** Number of the activity's definition. */
  activity: number;
  window: number;
  day: number;
  /** Profiles of a page at most. */
  limit: number;
  after: GrowthPosition | null;
  /** Rows of the index that a page reads at most; `maxRowsRead` unless a test says otherwise. */
  maxRows?: number;
}

/** A page of 1,000 of 300,000 profiles: see the figure beside `findAtRisk`, which reads alike. */
const maxRowsRead = 5_000;
const firstIdentifier = '00000000-0000-0000-0000-000000000000';

/** A profile is found at the least of its parts that were active on its last day, and so once. */
const statement = (by: keyof DecisiveDays): string => `
  with read as materialized (
    select day, identifier from metrics.activity_day
    where activity = $2 and day between $3 and $4 and (day, identifier) > ($5::int, $6::uuid) and generation = $1
    order by day, identifier limit $7),
  found as (
    select row.day, row.identifier, held.profile, whole.last, whole.before
    from (select distinct day, identifier from read) as row
    join metrics.identifier as held on held.id = row.identifier and held.generation = $1
    cross join lateral (
      select max(part_days.last) as last, max(part_days.before) as before,
             (array_agg(part.id order by part_days.${by} desc nulls last, part.id))[1] as first_part,
             ${isIdentified} as is_identified
      from (${profileParts('held.profile')}) as part
      cross join lateral (
        select ${activeDayOfPart('max', '$2', 'day <= $8::int')} as last,
               ${activeDayOfPart('max', '$2', 'day <= $8::int - $9::int')} as before) as part_days) as whole
    where whole.is_identified and whole.${by} = row.day and whole.first_part = row.identifier)
  select (select count(*)::int from read) as "rowsRead",
         (select array[day::text, identifier::text] from read order by day desc, identifier desc limit 1) as "lastRead",
         found.day, found.identifier, found.profile, found.last, found.before
  from (values (0)) as always left join found on true
  order by found.day, found.identifier`;

interface Row extends DecisiveDays {
  rowsRead: number;
  lastRead: [string, string] | null;
  day: number | null;
  identifier: string | null;
  profile: string | null;
}

export async function findGrowthProfiles(
  pool: Pool,
  generation: number,
  question: GrowthProfileQuestion,
): Promise<GrowthProfilePage> {
  const { figure, activity, window, day, limit, after, maxRows = maxRowsRead } = question;
  const { by, from, to } = searchedDays(figure, day, window);
  const position = after ?? { day: from - 1, identifier: firstIdentifier };
  const { rows } = await pool.query<Row>(statement(by), [
    generation,
    activity,
    from,
    to,
    position.day,
    position.identifier,
    maxRows,
    day,
    window,
  ]);
  const found = rows.flatMap((row) =>
    row.day === null || row.identifier === null || row.profile === null
      ? []
      : [{ ...row, day: row.day, identifier: row.identifier, profile: row.profile }],
  );
  const behind = found.filter((row) => growthFiguresOf(row, day, window).includes(figure));
  const page = behind.slice(0, limit);
  const profiles = page.map(({ profile, last, before }) => ({ profile, last, before }));
  const end = page.at(-1);
  if (behind.length > limit && end !== undefined)
    return { profiles, next: { day: end.day, identifier: end.identifier } };
  const [first] = rows;
  if (first === undefined || first.lastRead === null || first.rowsRead < maxRows)
    return { profiles, next: null };
  return { profiles, next: { day: Number(first.lastRead[0]), identifier: first.lastRead[1] } };
}
