/** What the sales of a day are made of: the sums of each identifier and currency, with the profile that has it. */
import type { Pool } from 'pg';
import { salesMeasures, type SalesSums } from '../core/sales-sums.ts';

export interface SalesProfile extends SalesSums {
  /** The profile that holds the identifier now. */
  profile: string;
  identifier: string;
  /** Blank for what has no amount. */
  currency: string;
}

export interface SalesPosition {
  identifier: string;
  currency: string;
}

/** By identifier and currency; one more than the limit says that there are more. A range of `sales_day_by_day`. */
export async function findSalesProfiles(
  pool: Pool,
  generation: number,
  asked: { activity: number; day: number; limit: number; after: SalesPosition | null },
): Promise<SalesProfile[]> {
  const { activity, day, limit, after } = asked;
  const { rows } = await pool.query<SalesProfile>(
    `select coalesce(root.profile, held.root, sold.identifier) as profile, sold.identifier, sold.currency,
            ${salesMeasures.map((name) => `sold.${name}`).join(', ')}
     from (
       select * from metrics.sales_day
       where activity = $2 and day = $3 and not is_attached and generation = $1
         and (identifier, currency) > ($4::uuid, $5::text collate "C")
         and (${salesMeasures.map((name) => `${name} <> 0`).join(' or ')})
       order by identifier, currency limit $6) as sold
     left join metrics.identifier as held on held.id = sold.identifier and held.generation = $1
     left join metrics.identifier as root on root.id = held.root and root.generation = $1
     order by sold.identifier, sold.currency`,
    [generation, activity, day, after?.identifier ?? firstIdentifier, after?.currency ?? '', limit],
  );
  return rows;
}

const firstIdentifier = '00000000-0000-0000-0000-000000000000';
