/**
 * The latest stage mark of days around what is asked for, of an identifier itself or of what is attached to a root: by stepping
 * from day to day, so that a day costs one probe of an index however many marks it has.
 */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { HistoryNeed } from '../core/loaded-history.ts';
import type { StageMark } from '../core/stage-mark.ts';
import { dayBound } from './day-bound.ts';
import { ofGeneration } from './of-generation.ts';
import { stageMarkColumns, toStageMark, type StageMarkRow } from './stage-mark-row.ts';

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

const latest = `order by day desc, occurred_at desc, source collate "C" desc, touchpoint_id collate "C" desc limit 1`;

/** @param marks a query of the marks in question, whose last part is a condition */
function statementOf(marks: string): string {
  /** Downwards from a day, the latest mark of each; the end is a condition of every step, or they would continue to the first day. */
  const stepsBelow = (start: string, end: string) => `
    with recursive step as (
      (${marks} and ${start} and ${end} ${latest})
      union all
      select next.* from step cross join lateral (${marks} and day < step.day and ${end} ${latest}) as next)
    select * from step`;
  /** Upwards: first the next day, then its latest mark. */
  const stepsAbove = `
    with recursive step as (
      select next.day from (${marks} and day > asked.last_day order by day limit 1) as next
      union all
      select next.day from step
      cross join lateral (${marks} and day > step.day order by day limit 1) as next)
    select mark.* from (select day from step limit $6) as step
    cross join lateral (${marks} and day = step.day ${latest}) as mark`;
  return `
    select place, found.*
    from unnest($2::int[], $3::uuid[], $4::int[], $5::int[]) as asked (place, identifier, first_day, last_day)
    cross join lateral (
      (select * from (${stepsBelow('day < asked.first_day', 'true')}) as below limit $6)
      union all
      (${stepsBelow('day <= asked.last_day', 'day >= asked.first_day')})
      union all
      (${stepsAbove})) as found`;
}

const ownStatement = statementOf(
  `select ${stageMarkColumns} from metrics.stage_mark where identifier = asked.identifier and ${ofGeneration}`,
);

const attachedStatement = statementOf(
  `select ${stageMarkColumns} from metrics.stage_mark
   where root = asked.identifier and root <> identifier and ${ofGeneration} and identifier <> all($7::uuid[])`,
);
