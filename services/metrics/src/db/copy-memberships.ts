/**
 * Memberships into a generation that is built: pages beside the stream, then, with no batch in between, what has changed since its
 * page. From then on batches keep both. Histories are not copied: they are made from the facts.
 */
import type { PoolClient } from 'pg';

const columns = 'version, root, profile, attached_identifying, identifying, ambiguous';

export interface CopiedPage {
  /** Null when there is nothing more. */
  through: string | null;
}

export async function copyMemberships(
  client: PoolClient,
  { from, to }: { from: number; to: number },
  { after, limit }: { after: string; limit: number },
): Promise<CopiedPage> {
  const { rows } = await client.query<{ id: string }>(
    `insert into metrics.identifier (generation, id, ${columns})
     select $2, id, ${columns} from metrics.identifier where generation = $1 and id > $3 order by id limit $4
     on conflict (id, generation) do nothing
     returning id`,
    [from, to, after, limit],
  );
  const ids = rows.map(({ id }) => id).toSorted();
  return { through: ids.length < limit ? null : (ids.at(-1) ?? null) };
}

/** To be called while no batch is in work. */
export async function copyChangedMemberships(
  client: PoolClient,
  { from, to }: { from: number; to: number },
): Promise<void> {
  await client.query(
    `insert into metrics.identifier (generation, id, ${columns})
     select $2, id, ${columns} from metrics.identifier as live
     where live.generation = $1 and not exists (
       select from metrics.identifier as copy
       where copy.generation = $2 and copy.id = live.id
         and (copy.version, copy.root, copy.profile, copy.attached_identifying, copy.identifying)
           = (live.version, live.root, live.profile, live.attached_identifying, live.identifying)
         and copy.ambiguous is not distinct from live.ambiguous)
     on conflict (id, generation) do update
       set version = excluded.version, root = excluded.root, profile = excluded.profile,
           attached_identifying = excluded.attached_identifying, identifying = excluded.identifying,
           ambiguous = excluded.ambiguous`,
    [from, to],
  );
}
