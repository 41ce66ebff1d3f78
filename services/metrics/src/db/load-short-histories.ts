/**
 * Histories of a few rows, as most are, in one range of each table's key. A longer one is left out: of it a batch asks for
 * the days that it needs, which costs more for each and the same however many days there are.
 */
import { booleanArray, plainArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { LoadedHistory, WholeHistory } from '../core/loaded-history.ts';
import type { LoadedIdentifiers } from '../core/loaded-identifiers.ts';
import { ofGeneration } from './of-generation.ts';

/** Rows of a table and part beyond which a history is not short. */
const maxShortRows = 24;

interface Row {
  /** Of the identifier, from 1. */
  place: number;
  isAttached: boolean;
  day: number;
  /** Null for a stage mark, with what follows for an occurrence. */
  activity: number | null;
  count: number | null;
  stage: string;
  channel: string | null;
  at: number;
  source: string;
  id: string;
}

/** @param separate identifiers whose own marks are left out of what is attached */
export async function loadShortHistories(
  client: PoolClient,
  generation: number,
  { identifiers, history }: { identifiers: LoadedIdentifiers; history: LoadedHistory },
  separate: ReadonlySet<string>,
): Promise<void> {
  const states = [...identifiers.states()].filter(({ hasOwn, hasAttached }) => hasOwn || hasAttached);
  if (states.length === 0) return;
  const { rows } = await client.query<Row>({
    name: 'load-short-histories',
    text: statement,
    values: [
      generation,
      uuidArray(states.map(({ id }) => id)),
      booleanArray(states.map(({ hasOwn }) => hasOwn)),
      booleanArray(states.map(({ hasAttached }) => hasAttached)),
      plainArray([...separate]),
      maxShortRows + 1,
    ],
  });
  const byPlace = states.map((): Row[] => []);
  for (const row of rows) byPlace[row.place - 1]?.push(row);
  states.forEach(({ id }, index) => {
    const whole = wholeHistory(id, byPlace[index] ?? []);
    if (whole !== null) history.learnWhole(whole);
  });
}

/** Null when there may be more rows than were read. */
function wholeHistory(identifier: string, rows: readonly Row[]): WholeHistory | null {
  const counts: WholeHistory['counts'][number][] = [];
  const marks: WholeHistory['marks'][number][] = [];
  let ownMarks = 0;
  for (const { isAttached, day, activity, count, stage, channel, at, source, id } of rows) {
    const part = isAttached ? 'attached' : 'own';
    if (activity !== null) {
      counts.push({ part, activity, day, count: count ?? 0 });
      continue;
    }
    if (!isAttached) ownMarks++;
    marks.push({ part, day, mark: { stage, channel, at, source, id } });
  }
  const most = Math.max(counts.length, ownMarks, marks.length - ownMarks);
  return most > maxShortRows ? null : { identifier, counts, marks };
}

const markColumns = `false as is_attached, day, null::smallint as activity, null::int as count, stage, channel,
  (extract(epoch from occurred_at) * 1000)::float8 as at, source, touchpoint_id as id`;

const latestMark = `order by day desc, occurred_at desc, source collate "C" desc, touchpoint_id collate "C" desc limit 1`;

/** The latest mark of each day, newest day first: one probe of an index a day, however many marks it has. */
const latestByDay = (marks: string) => `
  (with recursive step as (
     (${marks} ${latestMark})
     union all
     select next.* from step cross join lateral (${marks} and day < step.day ${latestMark}) as next)
   select * from step limit $6)`;

const statement = `
  select place::int, held.is_attached as "isAttached", day, activity, count, stage, channel, at, source, id
  from unnest($2::uuid[], $3::boolean[], $4::boolean[]) with ordinality
    as asked (identifier, has_own, has_attached, place)
  cross join lateral (
    (select is_attached, day, activity, count, null::text as stage, null::text as channel, null::float8 as at,
            null::text as source, null::text as id
     from metrics.activity_day
     where identifier = asked.identifier and ${ofGeneration}
     order by is_attached, activity, day limit $6)
    union all ${latestByDay(`
      select ${markColumns} from metrics.stage_mark
      where asked.has_own and identifier = asked.identifier and ${ofGeneration}`)}
    union all ${latestByDay(`
      select ${markColumns.replace('false', 'true')} from metrics.stage_mark
      where asked.has_attached and root = asked.identifier and root <> identifier and ${ofGeneration}
        and identifier <> all($5::uuid[])`)}) as held`;
