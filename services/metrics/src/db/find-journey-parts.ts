/**
 * What the state of journeys follows from: for each profile its parts, each with a few probes of indexes, however long its
 * history is. A profile that has something on later days is read again up to the day.
 */
import { plainArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { JourneyHistory, JourneyPart } from '../core/journey-state.ts';
import { startOfPeriod } from '../core/period.ts';
import { ofGeneration } from './of-generation.ts';
import { activeDayOfPart, profileParts } from './profile-parts.ts';

export interface JourneyQuestion {
  profiles: readonly string[];
  day: number;
  /** Numbers of the activities' definitions. */
  activities: readonly number[];
  purchase: number;
}

const markOfPart = (direction: 'asc' | 'desc'): string => {
  const order = `day ${direction}, occurred_at ${direction}, source ${direction}, touchpoint_id ${direction}`;
  return `
    (select day, occurred_at, source, touchpoint_id, stage, channel from metrics.stage_mark
     where identifier = part.id and part.root = part.id and day <= $3 and ${ofGeneration} order by ${order} limit 1)
    union all
    (select day, occurred_at, source, touchpoint_id, stage, channel from metrics.stage_mark
     where root = part.id and root <> identifier and day <= $3 and ${ofGeneration} order by ${order} limit 1)`;
};

const purchasesOfPart = `
  (select day, count from metrics.activity_day
   where identifier = part.id and is_attached and activity = $5 and day <= $3 and ${ofGeneration} order by day limit 2)
  union all
  (select day, count from metrics.activity_day
   where identifier = part.id and part.root = part.id and not is_attached and activity = $5 and day <= $3
     and ${ofGeneration} order by day limit 2)`;

const statement = `
  select asked.profile, part.attached_identifying > 0 or part.identifying and part.root = part.id as "isIdentified",
         array(select ${activeDayOfPart('max', 'one.activity', 'day <= $3')}
               from unnest($4::smallint[]) with ordinality as one (activity, place) order by place) as "lastDays",
         coalesce((select sum(count) from (${purchasesOfPart}) as purchase), 0)::int as purchases,
         ${activeDayOfPart('max', '$5', 'day < $6')} as "boughtBeforeMonth",
         (select min(day) from (${markOfPart('asc')}) as mark) as "firstMarkDay",
         latest.day as "markDay", latest.occurred_at as at, latest.source, latest.touchpoint_id as id, latest.stage,
         latest.channel
  from unnest($2::uuid[]) as asked (profile)
  cross join lateral (${profileParts('asked.profile')}) as part
  left join lateral (
    select * from (${markOfPart('desc')}) as mark
    order by occurred_at desc, source desc, touchpoint_id desc limit 1) as latest on true`;

interface Row extends Omit<JourneyPart, 'mark'> {
  profile: string;
  markDay: number | null;
  at: Date | null;
  source: string;
  id: string;
  stage: string;
  channel: string | null;
}

/** After the last day that a touchpoint may have. */
const endOfDays = 2_147_483_647;

/** Profiles that are none have no entry. */
export async function findJourneyParts(
  client: Pick<PoolClient, 'query'>,
  generation: number,
  question: JourneyQuestion,
): Promise<Map<string, JourneyHistory>> {
  const { profiles, day } = question;
  const rows = await readRows(client, generation, { ...question, until: endOfDays });
  const isLater = ({ lastDays, markDay }: Row): boolean =>
    lastDays.some((last) => last !== null && last > day) || (markDay !== null && markDay > day);
  const later = new Set(rows.filter(isLater).map(({ profile }) => profile));
  const again =
    later.size === 0
      ? []
      : await readRows(client, generation, {
          ...question,
          profiles: profiles.filter((one) => later.has(one)),
          until: day,
        });
  const found = new Map<string, JourneyHistory>();
  for (const row of [...rows.filter(({ profile }) => !later.has(profile)), ...again]) {
    const { profile } = row;
    const history = found.get(profile) ?? { parts: [], hasLater: later.has(profile) };
    history.parts.push(toPart(row));
    found.set(profile, history);
  }
  return found;
}

async function readRows(
  client: Pick<PoolClient, 'query'>,
  generation: number,
  { profiles, day, activities, purchase, until }: JourneyQuestion & { until: number },
): Promise<Row[]> {
  const { rows } = await client.query<Row>({
    name: 'find-journey-parts',
    text: statement,
    values: [
      generation,
      uuidArray(profiles),
      until,
      plainArray(activities),
      purchase,
      startOfPeriod(day, 'month', ''),
    ],
  });
  return rows;
}

function toPart({
  profile: _profile,
  markDay: _markDay,
  at,
  source,
  id,
  stage,
  channel,
  ...part
}: Row): JourneyPart {
  return { ...part, mark: at === null ? null : { at: at.getTime(), source, id, stage, channel } };
}
