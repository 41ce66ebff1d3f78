/** How long records have been in the log, by the database's own clock: a probe of the primary key of each day. */
import type { Pool } from 'pg';
import type { LogPosition } from '../port.ts';

/** As `EventLog.recordAges`. */
export async function findRecordAges(
  pool: Pool,
  schema: string,
  positions: readonly LogPosition[],
): Promise<(number | null)[]> {
  if (positions.length === 0) return [];
  const { rows } = await pool.query<{ age_ms: number | null }>(
    `select greatest(0, extract(epoch from clock_timestamp() - found.appended_at) * 1000)::float8 as age_ms
     from unnest($1::text[], $2::int[], $3::bigint[]) with ordinality
       as given (topic, partition, next_offset, number)
     left join lateral (
       select appended_at from ${schema}.batch
       where topic = given.topic and partition = given.partition and last_offset >= given.next_offset
       order by last_offset limit 1
     ) found on true
     order by given.number`,
    [
      positions.map((position) => position.topic),
      positions.map((position) => position.partition),
      positions.map((position) => position.offset),
    ],
  );
  return rows.map((row) => row.age_ms);
}
