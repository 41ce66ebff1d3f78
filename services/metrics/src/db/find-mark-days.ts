/**
 * The latest stage mark of days around what is asked for: of an identifier itself from its rows, of what is attached to a
 * root by stepping from day to day, so that a day costs one probe however many identifiers have a mark on it.
 */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { HistoryNeed } from '../core/loaded-history.ts';
import type { StageMark } from '../core/stage-mark.ts';
import { dayBound } from './day-bound.ts';
import { ofGeneration } from './of-generation.ts';
import { toStageMark, type StageMarkRow } from './stage-mark-row.ts';

export interface MarkDay {
  /** Of the need, from 1. */
  place: number;
  day: number;
  mark: StageMark;
}

export async function findMarkDays(
  client: PoolClient,
  generation: number,
  needs: readonly HistoryNeed[],
  { neighbours, separate }: { neighbours: number; separate: ReadonlySet<string> },
): Promise<MarkDay[]> {
  const placed = needs.map((need, index) => ({ ...need, place: index + 1 }));
  const own = placed.filter(({ part }) => part === 'own');
  const attached = placed.filter(({ part }) => part === 'attached');
  const found: MarkDay[] = [];
  for (const [asked, text, values] of [
    [own, ownStatement, []],
    [attached, attachedStatement, [plainArray([...separate])]],
  ] as const) {
    if (asked.length === 0) continue;
    const { rows } = await client.query<StageMarkRow & { place: number; day: number }>({
      text,
      values: [
        generation,
        plainArray(asked.map(({ place }) => place)),
        plainArray(asked.map(({ identifier }) => identifier)),
        plainArray(asked.map(({ from }) => dayBound(from))),
        plainArray(asked.map(({ to }) => dayBound(to))),
        neighbours,
        ...values,
      ],
    });
    for (const row of rows) found.push({ place: row.place, day: row.day, mark: toStageMark(row) });
  }
  return found;
}

const asked = `unnest($2::int[], $3::uuid[], $4::int[], $5::int[]) as asked (place, identifier, first_day, last_day)`;

const columns = 'day, stage, occurred_at as at, source, touchpoint_id as id';

const ownRows = `select ${columns} from metrics.stage_day
  where identifier = asked.identifier and ${ofGeneration}`;

const ownStatement = `
  select place, found.*
  from ${asked}
  cross join lateral (
    (${ownRows} and day < asked.first_day order by day desc limit $6)
    union all
    (${ownRows} and day between asked.first_day and asked.last_day)
    union all
    (${ownRows} and day > asked.last_day order by day limit $6)) as found`;

const attachedRows = `select ${columns} from metrics.stage_day
  where root = asked.identifier and root <> identifier and ${ofGeneration} and identifier <> all($7::uuid[])`;

const latest = `order by day desc, occurred_at desc, source collate "C" desc, touchpoint_id collate "C" desc limit 1`;

/** Downwards from a day, the latest mark of each. */
const stepsBelow = (condition: string) => `
  with recursive step as (
    (${attachedRows} and ${condition} ${latest})
    union all
    select next.* from step cross join lateral (${attachedRows} and day < step.day ${latest}) as next)
  select * from step`;

/** Upwards: first the next day, then its latest mark. */
const stepsAbove = `
  with recursive step as (
    select next.day from (${attachedRows} and day > asked.last_day order by day limit 1) as next
    union all
    select next.day from step
    cross join lateral (${attachedRows} and day > step.day order by day limit 1) as next)
  select mark.* from (select day from step limit $6) as step
  cross join lateral (${attachedRows} and day = step.day ${latest}) as mark`;

const attachedStatement = `
  select place, found.*
  from ${asked}
  cross join lateral (
    (select * from (${stepsBelow('day < asked.first_day')}) as below limit $6)
    union all
    (select within.* from (${stepsBelow('day <= asked.last_day')}) as within
     where day >= asked.first_day)
    union all
    (${stepsAbove})) as found`;
