/** What has come of the receipts of one register and day: ranges of numbers, those that came more than once, those refused. */
import { sql, type SQL } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { NumberRange } from '../core/pos/find-receipt-gaps.ts';

export interface RegisterDay {
  store: string;
  /** YYYY-MM-DD */
  day: string;
  source: string;
  register: string;
}

const ofDay = ({ store, day, source, register }: RegisterDay): SQL => sql`
  store = ${store} and business_day = ${day}::date and source = ${source} and register = ${register}`;

/** Ascending; at most `limit`. */
export async function findReceivedRanges(
  database: NodePgDatabase,
  registerDay: RegisterDay,
  limit: number,
): Promise<NumberRange[]> {
  const { rows } = await database.execute<{ from: string; to: string }>(sql`
    select min(sequence) as "from", max(sequence) as "to"
    from (
      select sequence, sequence - row_number() over (order by sequence) as range
      from (select distinct sequence from ingest.receipt_number where ${ofDay(registerDay)}) as number
    ) as numbered
    group by range order by 1 limit ${limit}`);
  return rows.map(({ from, to }) => ({ from: Number(from), to: Number(to) }));
}

/** Numbers that several different receipts have, with how many they are. */
export async function findRepeatedNumbers(
  database: NodePgDatabase,
  registerDay: RegisterDay,
  limit: number,
): Promise<{ sequence: number; receipts: number }[]> {
  const { rows } = await database.execute<{ sequence: string; receipts: string }>(sql`
    select sequence, count(distinct (touchpoint_id, body_hash)) as receipts
    from ingest.receipt_number where ${ofDay(registerDay)} and state <> 'rejected'
    group by sequence having count(distinct (touchpoint_id, body_hash)) > 1
    order by sequence limit ${limit}`);
  return rows.map(({ sequence, receipts }) => ({ sequence: Number(sequence), receipts: Number(receipts) }));
}

/** Numbers whose receipts were all rejected. */
export async function findRejectedNumbers(
  database: NodePgDatabase,
  registerDay: RegisterDay,
  limit: number,
): Promise<number[]> {
  const { rows } = await database.execute<{ sequence: string }>(sql`
    select sequence from ingest.receipt_number where ${ofDay(registerDay)}
    group by sequence having bool_and(state = 'rejected') order by sequence limit ${limit}`);
  return rows.map(({ sequence }) => Number(sequence));
}

/** The day before on which the register was used, within 31 days; null when there is none. */
export async function findDayBefore(
  database: NodePgDatabase,
  { store, day, source, register }: RegisterDay,
): Promise<string | null> {
  const { rows } = await database.execute<{ day: string | null }>(sql`
    select max(business_day)::text as day from ingest.receipt_number
    where store = ${store} and business_day < ${day}::date and business_day >= ${day}::date - 31
      and source = ${source} and register = ${register}`);
  return rows[0]?.day ?? null;
}
