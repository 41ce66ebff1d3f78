/** What was spent on days, channels and campaigns: the last amount that was said of each stands. */
import type { Pool } from 'pg';

export interface Spend {
  day: number;
  channel: string;
  /** Blank for what belongs to none. */
  campaign: string;
  /** ISO 4217 */
  currency: string;
  /** Minor units. */
  amount: number;
}

/** @param spends no two of one day, channel and campaign */
export async function saveSpend(pool: Pool, spends: readonly Spend[]): Promise<void> {
  const sorted = spends.toSorted(
    (left, right) =>
      left.day - right.day || compare(left.channel, right.channel) || compare(left.campaign, right.campaign),
  );
  await pool.query(
    `insert into metrics.spend (day, channel, campaign, currency, amount)
     select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[])
     on conflict (day, channel, campaign) do update
       set currency = excluded.currency, amount = excluded.amount, changed_at = clock_timestamp()
       where (spend.currency, spend.amount) <> (excluded.currency, excluded.amount)`,
    [
      sorted.map(({ day }) => day),
      sorted.map(({ channel }) => channel),
      sorted.map(({ campaign }) => campaign),
      sorted.map(({ currency }) => currency),
      sorted.map(({ amount }) => amount),
    ],
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
