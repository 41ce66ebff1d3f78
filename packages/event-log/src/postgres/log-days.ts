/** The log's days: child tables are made ahead, and dropped when they are old and every group is past them. */
import type { StructuredLog } from '@throughline/postgres';
import { inTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';

/** Makes the tables of today and the two days after, so that midnight is no event. */
export async function createDays(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ day: string; missing: boolean }>(
    `select day::date as day, to_regclass($1 || to_char(day, 'YYYYMMDD')) is null as missing
     from generate_series((now() at time zone 'UTC')::date, (now() at time zone 'UTC')::date + 2, interval '1 day') day`,
    [`${schema}.batch_`],
  );
  for (const { day, missing } of rows) {
    if (missing) await createDay(pool, schema, day);
  }
}

/** Attached, not created in place: ATTACH lets appends and reads continue, CREATE … PARTITION OF locks them out. */
async function createDay(pool: Pool, schema: string, day: string): Promise<void> {
  const table = `${schema}.batch_${day.replaceAll('-', '')}`;
  await inTransaction(pool, async (client) => {
    await lockDays(client, schema);
    // Not to_regclass: it answers from this backend's cache, which may still say what was so before the lock.
    const { rows } = await client.query(
      `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname || '.' || c.relname = $1`,
      [table],
    );
    if (rows.length > 0) return;
    await client.query(`create table ${table} (like ${schema}.batch including all)`);
    await client.query(
      `alter table ${schema}.batch attach partition ${table} for values from ('${day}') to ('${day}'::date + 1)`,
    );
  });
}

/**
 * Drops days that ended more than `retentionDays` ago. A day that holds records which a known group has not reported
 * to be past is kept, however old, and said so: nothing acknowledged is lost in silence.
 */
export async function dropOldDays(
  pool: Pool,
  schema: string,
  retentionDays: number,
  log: StructuredLog,
): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = to_regclass($1) and c.relname < 'batch_' || to_char((now() at time zone 'UTC')::date - $2::int, 'YYYYMMDD')
     order by 1`,
    [`${schema}.batch`, retentionDays],
  );
  for (const { name } of rows) {
    const behind = await dropDay(pool, schema, name);
    if (behind.length > 0) {
      log.warn(
        { event: 'log.retention_held', table: name, behind },
        'a day of the event log is past its retention, but a group has not consumed it: kept',
      );
      return;
    }
    log.info(
      { event: 'log.day_dropped', table: name },
      'a day of the event log is past its retention: dropped',
    );
  }
}

interface GroupBehind {
  group: string;
  topic: string;
  partition: number;
  nextOffset: number | null;
}

async function dropDay(pool: Pool, schema: string, name: string): Promise<GroupBehind[]> {
  return await inTransaction(pool, async (client) => {
    await lockDays(client, schema);
    // Rather try again in an hour than make appends wait behind a long read.
    await client.query("set local lock_timeout = '2s'");
    const { rows: ends } = await client.query<{ topic: string; partition: number; last_offset: number }>(
      `select topic, partition, max(last_offset) as last_offset from ${schema}.${name} group by 1, 2 order by 1, 2`,
    );
    const offsets = [
      ends.map((end) => end.topic),
      ends.map((end) => end.partition),
      ends.map((end) => end.last_offset),
    ];
    const ended = 'unnest($1::text[], $2::int[], $3::bigint[]) as ended (topic, partition, last_offset)';
    const { rows: behind } = await client.query<GroupBehind>(
      `select p.group_name as "group", p.topic, p.partition, p.next_offset as "nextOffset"
       from ${schema}.group_position p join ${ended} using (topic, partition)
       where coalesce(p.next_offset, 0) <= ended.last_offset order by 1, 2, 3 limit 100`,
      offsets,
    );
    if (behind.length > 0) return behind;
    await client.query(
      `update ${schema}.partition_head h set begin_offset = greatest(h.begin_offset, ended.last_offset + 1)
       from ${ended} where h.topic = ended.topic and h.partition = ended.partition`,
      offsets,
    );
    await client.query(`drop table ${schema}.${name}`);
    return [];
  });
}

async function lockDays(client: PoolClient, schema: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtext('throughline log days'), hashtext($1))", [
    schema,
  ]);
}
