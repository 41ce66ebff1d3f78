/** Facts in the order of their keys, for a rebuild. */
import type { PoolClient } from 'pg';
import type { Fact } from '../core/fact.ts';
import type { TransactionNumbers } from '../core/transaction-numbers.ts';
import { erasedType } from './erase-facts.ts';

type Row = Omit<Fact, 'at' | 'receivedAt' | 'properties' | 'numbers' | 'assignmentCause'> &
  TransactionNumbers & { at: Date; receivedAt: Date; properties: string | null };

export async function readFacts(
  client: PoolClient,
  { after, limit }: { after: string; limit: number },
): Promise<Fact[]> {
  const { rows } = await client.query<Row>({
    text: `select key, identifier, transaction, amends, assignment_version as "assignmentVersion", occurred_at as at,
             received_at as "receivedAt", amount, tax, discount, cost, units, currency, store, register, sentiment, type, role,
             source, touchpoint_id as id, name, channel, case when by_server then 'server' else 'public' end as trust,
             properties, details
           from metrics.fact where key > $1 and type <> '${erasedType}' order by key limit $2`,
    values: [after, limit],
  });
  return rows.map((row) => ({
    ...row,
    at: row.at.getTime(),
    receivedAt: row.receivedAt.getTime(),
    properties: row.properties === null ? null : (JSON.parse(row.properties) as Record<string, unknown>),
    numbers: row,
    assignmentCause: null,
  }));
}
