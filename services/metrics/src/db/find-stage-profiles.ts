/**
 * The profiles in a stage of their journey on a day. A profile may have entered its stage years ago,
 * so identifiers are read by id, a bounded number at a time, and the stage of each profile among them is looked up: a handful
 * of probes each. A page costs the same however many profiles there are; all pages together grow with the number of profiles.
 */
import type { Pool } from 'pg';
import type { Relationship } from '@throughline/contracts';
import { activeDayOfPart, isIdentified, profileParts } from './profile-parts.ts';

export interface StageProfile {
  profile: string;
  stage: string;
  relationship: Relationship;
  /** Day of the latest stage-bearing touchpoint. */
  since: number;
  /** Last day of engagement by the day; null where there is none. */
  engaged: number | null;
}

export interface StageProfilePage {
  profiles: StageProfile[];
  /** The identifier that was read last; null at the end. */
  next: string | null;
}

/** What stages depend on, and the day. */
export interface StageRules {
  day: number;
  /** Numbers of the activities' definitions. */
  purchase: number;
  engagement: number;
  lapseDays: number;
  lapsedStage: string;
}

export interface StageProfileQuestion extends StageRules {
  stage: string;
  relationship: Relationship | null;
  limit: number;
  after: string | null;
  /** Identifiers that a page reads at most; `maxIdentifiers` unless a test says otherwise. */
  maxRows?: number;
}

const maxIdentifiers = 5_000;
const firstIdentifier = '00000000-0000-0000-0000-000000000000';

const marksOfPart = (direction: string): string => {
  const columns = `day ${direction}, occurred_at ${direction}, source ${direction}, touchpoint_id ${direction}`;
  return `
    (select day, occurred_at, source, touchpoint_id, stage from metrics.stage_mark
     where identifier = part.id and part.root = part.id and day <= $4 and generation + 0 = $1
     order by ${columns} limit 1)
    union all
    (select day, occurred_at, source, touchpoint_id, stage from metrics.stage_mark
     where root = part.id and root <> identifier and day <= $4 and generation + 0 = $1
     order by ${columns} limit 1)`;
};

const purchasesOfPart = `
  (select count from metrics.activity_day
   where identifier = part.id and is_attached and activity = $5 and day <= $4 and generation + 0 = $1 order by day limit 2)
  union all
  (select count from metrics.activity_day
   where identifier = part.id and part.root = part.id and not is_attached and activity = $5 and day <= $4
     and generation + 0 = $1 order by day limit 2)`;

/** A profile is found at the least of its parts, and so once. Its founder may be the last of them to be known. */
const pageOfProfiles = `
  read as materialized (
    select id, profile from metrics.identifier where id > $2::uuid and generation = $1 order by id limit $3),
  candidate as (
    select id, profile from read
    where id = (select part.id from (${profileParts('read.profile')}) as part order by part.id limit 1))`;

const oneProfile = `
  read as materialized (select $2::uuid as id limit $3),
  candidate as (select id, id as profile from read)`;

const statement = (candidates: string, condition: string): string => `
  with ${candidates},
  journey as (
    select candidate.id, candidate.profile, latest.day as since, latest.stage, whole.engaged,
           coalesce(whole.engaged, whole.first_day) + $7::int <= $4 as is_lapsed,
           case whole.purchases when 0 then 'prospect' when 1 then 'customer' else 'repeat' end as relationship
    from candidate
    cross join lateral (
      select ${isIdentified} as is_identified,
             max(${activeDayOfPart('max', '$6', 'day <= $4')}) as engaged,
             min((select min(day) from (${marksOfPart('asc')}) as mark)) as first_day,
             least(coalesce(sum((select sum(count) from (${purchasesOfPart}) as purchase)), 0), 2)::int as purchases
      from (${profileParts('candidate.profile')}) as part) as whole
    cross join lateral (
      select mark.day, mark.stage
      from (${profileParts('candidate.profile')}) as part cross join lateral (${marksOfPart('desc')}) as mark
      order by mark.day desc, mark.occurred_at desc, mark.source desc, mark.touchpoint_id desc limit 1) as latest
    where whole.is_identified)
  select (select count(*)::int from read) as "rowsRead", (select id from read order by id desc limit 1) as "lastRead",
         found.id, found.profile, found.stage, found.relationship, found.since, found.engaged
  from (values (0)) as always
  left join (
    select id, profile, case when is_lapsed then $8 else stage end as stage, relationship, since, engaged from journey) as found
    on ${condition}
  order by found.id`;

interface Row {
  rowsRead: number;
  lastRead: string | null;
  id: string | null;
  profile: string | null;
  stage: string;
  relationship: Relationship;
  since: number;
  engaged: number | null;
}

export async function findStageProfiles(
  pool: Pool,
  generation: number,
  question: StageProfileQuestion,
): Promise<StageProfilePage> {
  const { stage, relationship, limit, after, maxRows = maxIdentifiers } = question;
  const { rows } = await pool.query<Row>(
    statement(pageOfProfiles, 'found.stage = $9 and ($10::text is null or found.relationship = $10)'),
    [generation, after ?? firstIdentifier, maxRows, ...ruleValues(question), stage, relationship],
  );
  const found = rows.filter(({ profile }) => profile !== null);
  const page = found.slice(0, limit);
  const profiles = toProfiles(page);
  if (found.length > limit) return { profiles, next: page.at(-1)?.id ?? null };
  const [first] = rows;
  return { profiles, next: first === undefined || first.rowsRead < maxRows ? null : first.lastRead };
}

/** Null for a profile that is not identified, or has no stage by the day. */
export async function findStageOf(
  pool: Pool,
  generation: number,
  asked: StageRules & { profile: string },
): Promise<StageProfile | null> {
  const { rows } = await pool.query<Row>(statement(oneProfile, 'true'), [
    generation,
    asked.profile,
    1,
    ...ruleValues(asked),
  ]);
  return toProfiles(rows)[0] ?? null;
}

/** $4 to $8. */
function ruleValues({ day, purchase, engagement, lapseDays, lapsedStage }: StageRules): unknown[] {
  return [day, purchase, engagement, lapseDays, lapsedStage];
}

function toProfiles(rows: readonly Row[]): StageProfile[] {
  return rows.flatMap(({ profile, stage, relationship, since, engaged }) =>
    profile === null ? [] : [{ profile, stage, relationship, since, engaged }],
  );
}
