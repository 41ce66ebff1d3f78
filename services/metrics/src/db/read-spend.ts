/** What was spent in a range of days, by channel, campaign and currency. */
import type { Pool } from 'pg';
import type { Spend } from './save-spend.ts';

export type CampaignSpend = Omit<Spend, 'day'>;

/** The dearest first. @param limit rows at most; one more than are wanted says that there are more */
export async function readSpend(
  pool: Pool,
  range: { from: number; to: number; limit: number },
): Promise<CampaignSpend[]> {
  const { rows } = await pool.query<CampaignSpend>(
    `select channel, campaign, currency, sum(amount)::bigint as amount from metrics.spend
     where day between $1 and $2
     group by channel, campaign, currency order by currency, sum(amount) desc, channel, campaign limit $3`,
    [range.from, range.to, range.limit],
  );
  return rows;
}
