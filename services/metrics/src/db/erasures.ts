/** What was removed for each erasure. */
import type { ErasedFacts } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';

/** Adds to what was removed before. */
export async function addErased(client: PoolClient, id: string, removed: ErasedFacts): Promise<void> {
  const { facts, deadLetters, identifiers } = removed;
  await client.query({
    text: `insert into metrics.erasure as e (id, facts, dead_letters, identifiers) values ($1, $2, $3, $4)
           on conflict (id) do update set facts = e.facts + excluded.facts,
             dead_letters = e.dead_letters + excluded.dead_letters, identifiers = e.identifiers + excluded.identifiers`,
    values: [id, facts, deadLetters, identifiers],
  });
}

/** Nothing where no record of the erasure has come yet. */
export async function findErased(pool: Pool, id: string): Promise<ErasedFacts> {
  const { rows } = await pool.query<ErasedFacts>({
    text: 'select facts, dead_letters as "deadLetters", identifiers from metrics.erasure where id = $1',
    values: [id],
  });
  return rows[0] ?? { facts: 0, deadLetters: 0, identifiers: 0 };
}
