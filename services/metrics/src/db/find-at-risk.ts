/**
 * Profiles whose last active day is in a range of days. Read along the index of days, a bounded number of its rows at a time,
 * so a page costs the same however many profiles there are.
 *
 * In the order `soonest` a profile is at its last day, so one that grows by a merge moves. In the order `stable` it is at the least
 * of its active days in the range and of the identifiers that had it: a merge gives a profile the lesser place of the two, and
 * that is before the cursor if one of them was, and after it if none was. So it comes neither twice nor not at all.
 */
import type { Pool } from 'pg';
import { isIdentified, profileParts } from './profile-parts.ts';

export interface AtRiskPosition {
  day: number;
  /** Of the rows that were read last, which need not have been of a profile at risk. */
  identifier: string;
}

export interface AtRiskProfile {
  profile: string;
  lastDay: number;
}

export interface AtRiskPage {
  /** Soonest first by last day. */
  profiles: AtRiskProfile[];
  /** Null at the end. */
  next: AtRiskPosition | null;
}

export const atRiskOrders = ['soonest', 'stable'] as const;
export type AtRiskOrder = (typeof atRiskOrders)[number];

export interface AtRiskQuestion {
  order: AtRiskOrder;
  /** Number of the activity's definition. */
  activity: number;
  /** Last active days, both included. */
  from: number;
  to: number;
  /** Profiles of a page at most. */
  limit: number;
  after: AtRiskPosition | null;
  /** Rows of the index that a page reads at most; `maxRowsRead` unless a test says otherwise. */
  maxRows?: number;
}

/** A page of 1,000 of 300,000 profiles takes about 80 ms, on two cores that had other work. */
const maxRowsRead = 5_000;
const firstIdentifier = '00000000-0000-0000-0000-000000000000';

/**
 * A part of a profile is an identifier that has it: what is attached to a part counts, and its own days unless it is attached
 * itself, since they count at its root then. A profile is found at the least of its parts that were active on its last day, and
 * so once.
 */
const soonestStatement = `
  with read as materialized (
    select day, identifier from metrics.activity_day
    where activity = $2 and day between $3 and $4 and (day, identifier) > ($5::int, $6::uuid) and generation = $1
    order by day, identifier limit $7),
  found as (
    select row.day, row.identifier, held.profile
    from (select distinct day, identifier from read) as row
    join metrics.identifier as held on held.id = row.identifier and held.generation = $1
    cross join lateral (
      select max(last.day) as day,
             (array_agg(part.id order by last.day desc nulls last, part.id))[1] as first_part,
             bool_or(part.attached_identifying > 0 or part.identifying and part.root = part.id) as is_identified
      from (
        select id, root, identifying, attached_identifying from metrics.identifier
        where id = held.profile and profile = held.profile and generation = $1
        union all
        select id, root, identifying, attached_identifying from metrics.identifier
        where profile = held.profile and profile <> id and generation = $1) as part
      cross join lateral (
        select greatest(
          (select max(day) from metrics.activity_day
           where identifier = part.id and is_attached and activity = $2 and generation + 0 = $1),
          case when part.root = part.id then
            (select max(day) from metrics.activity_day
             where identifier = part.id and not is_attached and activity = $2 and generation + 0 = $1)
          end) as day) as last) as whole
    where whole.is_identified and whole.day = row.day and whole.first_part = row.identifier
    order by row.day, row.identifier limit $8)
  select (select count(*)::int from read) as "rowsRead",
         (select array[day::text, identifier::text] from read order by day desc, identifier desc limit 1) as last,
         found.day, found.day as "placedOn", found.identifier, found.profile
  from (values (0)) as always left join found on true
  order by found.day, found.identifier`;

/** Days that the part counts: what is attached to it, and its own unless it is attached itself. */
const dayOfPart = (aggregate: 'min' | 'max', condition: string): string => {
  const pick = aggregate === 'max' ? 'greatest' : 'least';
  const days = (isAttached: string) => `
    (select ${aggregate}(day) from metrics.activity_day
     where identifier = part.id and ${isAttached} and activity = $2 and ${condition} and generation + 0 = $1)`;
  return `${pick}(${days('is_attached')}, case when part.root = part.id then ${days('not is_attached')} end)`;
};

/** The identifiers that have days of their own in the profile: memberships change where they count, not the days themselves. */
const stableStatement = `
  with read as materialized (
    select day, identifier from metrics.activity_day
    where activity = $2 and day between $3 and $4 and (day, identifier) > ($5::int, $6::uuid) and generation = $1
      and not is_attached
    order by day, identifier limit $7),
  found as (
    select whole.day, row.day as placed_on, row.identifier, owner.profile
    from read as row
    join metrics.identifier as held on held.id = row.identifier and held.generation = $1
    left join metrics.identifier as root on root.id = held.root and root.generation = $1
    cross join lateral (select coalesce(root.profile, held.root) as profile) as owner
    cross join lateral (
      select max(${dayOfPart('max', 'true')}) as day, min(${dayOfPart('min', 'day between $3 and $4')}) as first_day,
             ${isIdentified} as is_identified
      from (${profileParts('owner.profile')}) as part) as whole
    where whole.is_identified and whole.day between $3 and $4 and whole.first_day = row.day
      and not exists (
        select from (
          select part.id from (${profileParts('owner.profile')}) as part where part.root = part.id
          union all
          select attached.id from (${profileParts('owner.profile')}) as part
          join metrics.identifier as attached
            on attached.root = part.id and attached.root <> attached.id and attached.generation = $1) as other
        where other.id < row.identifier and exists (
          select from metrics.activity_day
          where identifier = other.id and not is_attached and activity = $2 and day = row.day and generation + 0 = $1))
    order by row.day, row.identifier limit $8)
  select (select count(*)::int from read) as "rowsRead",
         (select array[day::text, identifier::text] from read order by day desc, identifier desc limit 1) as last,
         found.day, found.placed_on as "placedOn", found.identifier, found.profile
  from (values (0)) as always left join found on true
  order by found.placed_on, found.identifier`;

interface Row {
  rowsRead: number;
  last: [string, string] | null;
  day: number | null;
  placedOn: number | null;
  identifier: string | null;
  profile: string | null;
}

export async function findAtRisk(
  pool: Pool,
  generation: number,
  question: AtRiskQuestion,
): Promise<AtRiskPage> {
  const { order, activity, from, to, limit, after, maxRows = maxRowsRead } = question;
  const position = after ?? { day: from - 1, identifier: firstIdentifier };
  const { rows } = await pool.query<Row>(order === 'stable' ? stableStatement : soonestStatement, [
    generation,
    activity,
    from,
    to,
    position.day,
    position.identifier,
    maxRows,
    limit + 1,
  ]);
  const found = rows.flatMap(({ day, placedOn, identifier, profile }) =>
    day === null || placedOn === null || identifier === null || profile === null
      ? []
      : [{ day, placedOn, identifier, profile }],
  );
  const page = found.slice(0, limit);
  const profiles = page.map(({ profile, day }) => ({ profile, lastDay: day }));
  const end = page.at(-1);
  if (found.length > limit && end !== undefined)
    return { profiles, next: { day: end.placedOn, identifier: end.identifier } };
  const [first] = rows;
  if (first === undefined || first.last === null || first.rowsRead < maxRows) return { profiles, next: null };
  return { profiles, next: { day: Number(first.last[0]), identifier: first.last[1] } };
}
