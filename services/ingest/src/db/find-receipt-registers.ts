/** The registers of a store that receipts of a day have come from. */
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';

export interface ReceiptRegister {
  source: string;
  register: string;
}

export async function findReceiptRegisters(
  database: NodePgDatabase,
  { store, day }: { store: string; day: string },
  after: ReceiptRegister | null,
  limit: number,
): Promise<ReceiptRegister[]> {
  const { rows } = await database.execute<{ source: string; register: string }>(sql`
    select source, register from ingest.receipt_number
    where store = ${store} and business_day = ${day}::date
      and (source, register) > (${after?.source ?? ''}, ${after?.register ?? ''})
    group by source, register order by source, register limit ${limit}`);
  return rows;
}
