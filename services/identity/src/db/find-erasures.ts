/** Erasures as they are answered. */
import type { Pool } from 'pg';
import { isoTimestamps } from './iso-timestamps.ts';
import type { ErasureStep } from './erasure-jobs.ts';

export interface FoundErasure {
  id: string;
  at: string;
  profile: string;
  follows: string | null;
  madeWith: string;
  author: string | null;
  suppresses: boolean;
  suppressionEndedAt: string | null;
  step: ErasureStep;
  removed: Record<string, number>;
  failure: string | null;
  finishedAt: string | null;
}

interface Row {
  id: string;
  at: string;
  profile: string;
  follows: string | null;
  made_with: string;
  author: string | null;
  suppresses: boolean;
  suppression_ended_at: string | null;
  step: ErasureStep;
  removed: Record<string, number>;
  failure: string | null;
  finished_at: string | null;
}

const columns = `id, at, profile, follows, made_with, author, suppresses, suppression_ended_at, step, removed, failure,
  finished_at`;

export async function findErasure(pool: Pool, id: string): Promise<FoundErasure | null> {
  const { rows } = await pool.query<Row>({
    text: `select ${columns} from identity.erasure where id = $1`,
    values: [id],
    types: isoTimestamps,
  });
  return rows[0] === undefined ? null : toErasure(rows[0]);
}

/** Newest first, before the position. */
export async function findErasures(
  pool: Pool,
  before: { at: string; id: string },
  limit: number,
): Promise<FoundErasure[]> {
  const { rows } = await pool.query<Row>({
    text: `select ${columns} from identity.erasure where (at, id) < ($1::timestamptz, $2::uuid)
           order by at desc, id desc limit $3`,
    values: [before.at, before.id, limit],
    types: isoTimestamps,
  });
  return rows.map(toErasure);
}

function toErasure(row: Row): FoundErasure {
  return {
    id: row.id,
    at: row.at,
    profile: row.profile,
    follows: row.follows,
    madeWith: row.made_with,
    author: row.author,
    suppresses: row.suppresses,
    suppressionEndedAt: row.suppression_ended_at,
    step: row.step,
    removed: row.removed,
    failure: row.failure,
    finishedAt: row.finished_at,
  };
}

export interface FoundExtent {
  count: number;
  /** By id, at most `limit`. */
  identifiers: { id: string; type: string; value: string }[];
}

/** @param inExtent false for what waits for a confirmation; what an erasure that follows has taken is not among it */
export async function findExtent(
  pool: Pool,
  erasure: string,
  inExtent: boolean,
  limit: number,
): Promise<FoundExtent> {
  const { rows } = await pool.query<{ id: string; type: string; value: string; count: number }>(
    `select i.id, i.type, i.value, count(*) over ()::integer as count
     from identity.erasure_identifier e join identity.identifier i on i.id = e.identifier
     where e.erasure = $1 and e.in_extent = $2 and not (not $2 and exists (
       select from identity.erasure_identifier taken join identity.erasure f on f.id = taken.erasure
       where taken.identifier = e.identifier and taken.in_extent and f.follows = $1))
     order by i.id limit $3`,
    [erasure, inExtent, limit],
  );
  return {
    count: rows[0]?.count ?? 0,
    identifiers: rows.map(({ id, type, value }) => ({ id, type, value })),
  };
}
