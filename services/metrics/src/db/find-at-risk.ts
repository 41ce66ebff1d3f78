/**
 * Profiles whose last active day is in a range of days. Read along the index of days, a bounded number of its rows at a time,
 * so a page costs the same however many profiles there are.
 */
import type { Pool } from 'pg';

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
  /** By last day. */
  profiles: AtRiskProfile[];
  /** Null at the end. */
  next: AtRiskPosition | null;
}

export interface AtRiskQuestion {
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
const statement = `
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
         found.day, found.identifier, found.profile
  from (values (0)) as always left join found on true
  order by found.day, found.identifier`;

interface Row {
  rowsRead: number;
  last: [string, string] | null;
  day: number | null;
  identifier: string | null;
  profile: string | null;
}

export async function findAtRisk(
  pool: Pool,
  generation: number,
  question: AtRiskQuestion,
): Promise<AtRiskPage> {
  const { activity, from, to, limit, after, maxRows = maxRowsRead } = question;
  const position = after ?? { day: from - 1, identifier: firstIdentifier };
  const { rows } = await pool.query<Row>(statement, [
    generation,
    activity,
    from,
    to,
    position.day,
    position.identifier,
    maxRows,
    limit + 1,
  ]);
  const found = rows.flatMap(({ day, identifier, profile }) =>
    day === null || identifier === null || profile === null ? [] : [{ day, identifier, profile }],
  );
  const page = found.slice(0, limit);
  const profiles = page.map(({ profile, day }) => ({ profile, lastDay: day }));
  const end = page.at(-1);
  if (found.length > limit && end !== undefined)
    return { profiles, next: { day: end.day, identifier: end.identifier } };
  const [first] = rows;
  if (first === undefined || first.last === null || first.rowsRead < maxRows) return { profiles, next: null };
  return { profiles, next: { day: Number(first.last[0]), identifier: first.last[1] } };
}
