/**
 * Memberships into a generation that is built: pages beside the stream, while each batch copies what it changes. So nothing is left to
 * be compared at the end, for which batches would have to wait for as long as all identifiers take. Histories are not copied: they are
 * made from the facts.
 *
 * A page and a batch may meet at an identifier, and wait for each other. What a batch copies is the newer in any order: a page leaves
 * what is there.
 */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

const columns = 'version, root, profile, attached_identifying, identifying, ambiguous';

export interface CopiedPage {
  /** Null when there is nothing more. */
  through: string | null;
}

interface Place {
  from: number;
  to: number;
}

export async function copyMemberships(
  client: PoolClient,
  { from, to }: Place,
  { after, limit }: { after: string; limit: number },
): Promise<CopiedPage> {
  const { rows } = await client.query<{ id: string }>(
    `with page as materialized (
       select id, ${columns} from metrics.identifier where generation = $1 and id > $3 order by id limit $4),
     copied as (
       insert into metrics.identifier (generation, id, ${columns})
       select $2, page.* from page order by id on conflict (id, generation) do nothing)
     select id from page order by id desc limit 1`,
    [from, to, after, limit],
  );
  return { through: rows[0]?.id ?? null };
}

/** Those that a batch has changed, in its transaction, once they are saved. */
export async function copyChangedMemberships(
  client: PoolClient,
  { from, to }: Place,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await client.query({
    name: 'copy-changed-memberships',
    text: `insert into metrics.identifier (generation, id, ${columns})
           select $2, id, ${columns} from metrics.identifier where generation = $1 and id = any($3::uuid[]) order by id
           on conflict (id, generation) do update
             set version = excluded.version, root = excluded.root, profile = excluded.profile,
                 attached_identifying = excluded.attached_identifying, identifying = excluded.identifying,
                 ambiguous = excluded.ambiguous`,
    values: [from, to, uuidArray(ids.toSorted())],
  });
}
