/** The queue of erasures: whose turn it is, and how far it is. */
import type { PoolClient } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';

export const erasureSteps = [
  'decisions',
  'gather',
  'touchpoints',
  'evidence',
  'copies',
  'history',
  'done',
] as const;
export type ErasureStep = (typeof erasureSteps)[number];

export interface ErasureJob {
  id: string;
  /** The time T. */
  at: string;
  step: ErasureStep;
  suppresses: boolean;
  /** Of the step, where it goes by ids; null at its beginning. */
  cursor: string | null;
  foundInPass: number;
}

/** What a page leaves: the step and place to continue at, and what it removed. */
export interface ErasureProgress {
  step: ErasureStep;
  cursor: string | null;
  /** Counts to add, by kind. */
  removed?: Readonly<Record<string, number>>;
  foundInPass?: number;
}

const longestRetrySeconds = 60;

/** The oldest that is not done, is not to wait, and that no other process is working on; locked. */
export async function takeErasure(client: PoolClient): Promise<ErasureJob | null> {
  const { rows } = await client.query<{
    id: string;
    at: string;
    step: ErasureStep;
    suppresses: boolean;
    cursor_id: string | null;
    found_in_pass: number;
  }>({
    text: `select id, at, step, suppresses, cursor_id, found_in_pass from identity.erasure
           where step <> 'done' and retry_at <= now() order by at limit 1 for update skip locked`,
    types: isoTimestamps,
  });
  const [row] = rows;
  if (row === undefined) return null;
  const { id, at, step, suppresses, cursor_id: cursor, found_in_pass: foundInPass } = row;
  return { id, at, step, suppresses, cursor, foundInPass };
}

export async function saveErasureProgress(
  client: PoolClient,
  id: string,
  { step, cursor, removed = {}, foundInPass = 0 }: ErasureProgress,
): Promise<void> {
  await client.query(
    `update identity.erasure set step = $2, cursor_id = $3, found_in_pass = $4, failure = null, failures = 0,
       wanted = case when $2 = 'done' then null else wanted end,
       finished_at = case when $2 = 'done' then now() end,
       removed = removed || (
         select coalesce(jsonb_object_agg(key, coalesce((removed ->> key)::bigint, 0) + value::bigint), '{}')
         from jsonb_each_text($5::jsonb) where value <> '0')
     where id = $1`,
    [id, step, cursor, foundInPass, JSON.stringify(removed)],
  );
}

/** After a failure, so that other erasures are not held up by it. The wait doubles with each failure in a row. */
export async function postponeErasure(
  client: Pick<PoolClient, 'query'>,
  id: string,
  failure: string,
): Promise<void> {
  await client.query({
    text: `update identity.erasure set failures = failures + 1, failure = $3,
             retry_at = now() + make_interval(secs => least($2, power(2, least(failures, 10)))) where id = $1`,
    values: [id, longestRetrySeconds, failure],
  });
}

/** The next identifiers of the extent, by id. */
export async function loadExtent(
  client: PoolClient,
  erasure: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ identifier: string }>({
    text: `select identifier from identity.erasure_identifier
           where erasure = $1 and in_extent and ($2::uuid is null or identifier > $2) order by identifier limit $3`,
    values: [erasure, after, limit],
  });
  return rows.map(({ identifier }) => identifier);
}

export async function findWanted(client: PoolClient, erasure: string): Promise<string[]> {
  const { rows } = await client.query<{ wanted: string[] | null }>(
    'select wanted from identity.erasure where id = $1',
    [erasure],
  );
  return rows[0]?.wanted ?? [];
}

/** Erasures that are still looking at touchpoints: 1 for any. They judge by the rules in force. */
export async function countJudging(client: PoolClient): Promise<number> {
  const { rowCount } = await client.query(
    `select from identity.erasure where step in ('decisions', 'gather', 'touchpoints', 'evidence') limit 1`,
  );
  return rowCount ?? 0;
}
