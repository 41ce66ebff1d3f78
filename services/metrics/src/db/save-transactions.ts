/** Saves which records are counted of transactions, whose identifiers' rows are locked. */
import { allOrCause, integerArray, plainArray, smallintArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { CountedRecord } from '../core/transaction.ts';

export async function saveTransactions(
  client: PoolClient,
  generation: number,
  { added, removed }: { added: readonly CountedRecord[]; removed: readonly CountedRecord[] },
): Promise<void> {
  const saving: Promise<unknown>[] = [];
  if (removed.length > 0) {
    const deletion = client.query({
      text: `delete from metrics.transaction
             where ctid = any(array(
               select held.ctid
               from unnest($2::uuid[], $3::smallint[], $4::uuid[]) as gone (id, activity, key)
               cross join lateral (
                 select ctid from metrics.transaction
                 where id = gone.id and activity = gone.activity and key = gone.key and generation = $1
                 offset 0) as held))`,
      values: [generation, ...keysOf(removed)],
    });
    saving.push(deletion);
  }
  if (added.length > 0) {
    const insertion = client.query({
      name: 'insert-transactions',
      text: `insert into metrics.transaction (generation, id, activity, key, identifier, day)
             select $1, * from unnest($2::uuid[], $3::smallint[], $4::uuid[], $5::uuid[], $6::int[])`,
      values: [
        generation,
        ...keysOf(added),
        uuidArray(added.map(({ identifier }) => identifier)),
        integerArray(added.map(({ day }) => day)),
      ],
    });
    saving.push(insertion);
  }
  await allOrCause(saving);
}

function keysOf(records: readonly CountedRecord[]): unknown[] {
  return [
    uuidArray(records.map(({ transaction }) => transaction)),
    smallintArray(records.map(({ activity }) => activity)),
    uuidArray(records.map(({ key }) => key)),
  ];
}

/** @param roots by transaction that was decided, those of its records while it is ambiguous, else none */
export async function saveAmbiguousTransactions(
  client: PoolClient,
  generation: number,
  roots: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  if (roots.size === 0) return;
  const rows = [...roots].flatMap(([id, under]) => under.map((root) => ({ id, root })));
  const deletion = client.query({
    text: `delete from metrics.ambiguous_transaction where id = any($2::uuid[]) and generation = $1`,
    values: [generation, plainArray([...roots.keys()])],
  });
  if (rows.length === 0) {
    await deletion;
    return;
  }
  const insertion = client.query({
    text: `insert into metrics.ambiguous_transaction (generation, id, root)
           select $1, * from unnest($2::uuid[], $3::uuid[])`,
    values: [generation, plainArray(rows.map(({ id }) => id)), plainArray(rows.map(({ root }) => root))],
  });
  await allOrCause([deletion, insertion]);
}
