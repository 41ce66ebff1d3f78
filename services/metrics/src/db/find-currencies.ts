/** The currencies in which anything was sold, in the order of their codes. */
import type { Pool } from 'pg';

export async function findCurrencies(pool: Pool, generation: number): Promise<string[]> {
  const { rows } = await pool.query<{ currency: string }>(
    `select distinct dimensions ->> 'currency' as currency from metrics.series
     where generation = $1 and figure = 'sales.revenue' and dimensions ->> 'currency' <> '' order by 1`,
    [generation],
  );
  return rows.map(({ currency }) => currency);
}
