/**
 * Facts that an erasure takes away. Of each a row is left, with its key and the highest version there is: an assignment that
 * arrives later finds it and changes nothing. Everything else in it says nothing.
 */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Fact } from '../core/fact.ts';
import type { TransactionNumbers } from '../core/transaction-numbers.ts';
import { sortedIds } from './sorted-ids.ts';

/** The type of such rows; no touchpoint has it. */
export const erasedType = 'erased';

const highestVersion = Number.MAX_SAFE_INTEGER;

type Row = Omit<
  Fact,
  'at' | 'receivedAt' | 'properties' | 'numbers' | 'assignmentCause' | 'assignmentVersion'
> &
  TransactionNumbers & { at: Date; receivedAt: Date; properties: string | null };

/**
 * Takes the facts out of their transactions, and returns them as they were: what they count is taken back from what they say, so
 * `wipeFacts` follows when that is done. Those that are not here yet are left a row at once.
 */
export async function detachFacts(client: PoolClient, keys: readonly string[]): Promise<Fact[]> {
  const sorted = plainArray(sortedIds(keys));
  await client.query({
    text: `insert into metrics.fact (key, identifier, assignment_version, occurred_at, received_at, by_server, type, role,
             source, touchpoint_id)
           select key, '00000000-0000-0000-0000-000000000000', $2, 'epoch', 'epoch', true, '${erasedType}', '', '', ''
           from unnest($1::uuid[]) as erased (key) on conflict (key) do nothing`,
    values: [sorted, highestVersion],
  });
  const { rows } = await client.query<Row>({
    text: `select key, identifier, transaction, amends, occurred_at as at, received_at as "receivedAt", amount, tax, discount,
             cost, units, currency, store, register, sentiment, type, role, source, touchpoint_id as id, name, channel,
             case when by_server then 'server' else 'public' end as trust, properties, details
           from metrics.fact where key = any($1::uuid[]) and type <> '${erasedType}' order by key for update`,
    values: [sorted],
  });
  await client.query({
    text: `update metrics.fact set transaction = null, amends = null, assignment_version = $2
           where key = any($1::uuid[]) and type <> '${erasedType}'`,
    values: [plainArray(rows.map(({ key }) => key)), highestVersion],
  });
  return rows.map((row) => ({
    ...row,
    at: row.at.getTime(),
    receivedAt: row.receivedAt.getTime(),
    properties: row.properties === null ? null : (JSON.parse(row.properties) as Record<string, unknown>),
    numbers: row,
    assignmentVersion: highestVersion,
    assignmentCause: 'erasure' as const,
  }));
}

export async function wipeFacts(client: PoolClient, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await client.query({
    text: `update metrics.fact set identifier = '00000000-0000-0000-0000-000000000000', occurred_at = 'epoch',
             received_at = 'epoch', amount = null, tax = null, discount = null, cost = null, units = null,
             sentiment = null, by_server = true, type = '${erasedType}', role = '', source = '', touchpoint_id = '',
             name = null, channel = null, currency = null, store = null, register = null, properties = null, details = null
           where key = any($1::uuid[])`,
    values: [plainArray(sortedIds(keys))],
  });
}
