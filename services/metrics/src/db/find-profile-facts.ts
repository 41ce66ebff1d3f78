/** The touchpoints of a profile in a range of time, those of what is attached to it included. */
import type { Pool } from 'pg';
import { findFacts, type FoundFact } from './find-facts.ts';
import { profileParts } from './profile-parts.ts';

/** With whether it has a transaction's number, under which several records may count once. */
export type ProfileFact = FoundFact & { hasNumber: boolean };

/** The profile that holds an identifier now; null for one that metrics has not seen. */
export async function findProfileOf(
  pool: Pool,
  generation: number,
  identifier: string,
): Promise<string | null> {
  const { rows } = await pool.query<{ profile: string }>(
    `select coalesce(root.profile, held.root) as profile
     from metrics.identifier as held
     left join metrics.identifier as root on root.id = held.root and root.generation = $1
     where held.id = $2 and held.generation = $1`,
    [generation, identifier],
  );
  return rows[0]?.profile ?? null;
}

/** @param limit facts at most, by time; one more than are wanted says that there are more */
export async function findProfileFacts(
  pool: Pool,
  generation: number,
  asked: { profile: string; from: Date; before: Date; limit: number },
): Promise<ProfileFact[]> {
  const { rows } = await pool.query<{ key: string; hasNumber: boolean }>(
    `with part as (${profileParts('$2::uuid')}),
     member as (
       select id from part where root = id
       union
       select attached.id from part join metrics.identifier as attached
         on attached.root = part.id and attached.root <> attached.id and attached.generation = $1)
     select fact.key, fact.transaction is not null as "hasNumber"
     from member cross join lateral (
       select key, transaction, occurred_at, source, touchpoint_id from metrics.fact
       where fact.identifier = member.id and occurred_at >= $3 and occurred_at < $4
       order by occurred_at limit $5) as fact
     order by fact.occurred_at, fact.source collate "C", fact.touchpoint_id collate "C" limit $5`,
    [generation, asked.profile, asked.from.toISOString(), asked.before.toISOString(), asked.limit],
  );
  const facts = await findFacts(
    pool,
    generation,
    rows.map(({ key }) => key),
  );
  return rows.flatMap(({ key, hasNumber }) => {
    const fact = facts.get(key);
    return fact === undefined ? [] : [{ ...fact, hasNumber }];
  });
}
