/**
 * The home stores of profiles, and whether they agreed to something: of each of their identifiers the first sale in a store, and the
 * latest touchpoints, a bounded number of rows along an index.
 */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { profileParts } from './profile-parts.ts';

export interface StoreAndConsent {
  profile: string;
  /** Of its first sale with one, as in the dimension `homeStore`. Null without any. */
  homeStore: string | null;
  /** What the latest statement about the category says; null where there is none among what was read. */
  hasConsent: boolean | null;
}

/** Of each identifier, the latest touchpoints that are read. */
export const readTouchpoints = 100;
/** Of each part of a profile, identifiers that are attached to it. */
const attachedIdentifiers = 50;

const statement = `
  select asked.profile, bought.store as "homeStore", stated.agrees as "hasConsent"
  from unnest($2::uuid[]) as asked (profile)
  cross join lateral (
    select array(
      select part.id from (${profileParts('asked.profile')}) as part where part.root = part.id
      union all
      select attached.id from (${profileParts('asked.profile')}) as part
      cross join lateral (
        select id from metrics.identifier
        where root = part.id and root <> id and generation = $1 order by id limit ${attachedIdentifiers}) as attached
    ) as identifiers) as held
  left join lateral (
    select sale.store from unnest(held.identifiers) as one (id)
    cross join lateral (
      select store, occurred_at, source, touchpoint_id from metrics.fact
      where $4 and identifier = one.id and by_server and store is not null and role = 'sale'
        and (type = 'receipt' or type = 'track' and name = 'Order Completed')
      order by occurred_at, source collate "C", touchpoint_id collate "C" limit 1) as sale
    order by sale.occurred_at, sale.source collate "C", sale.touchpoint_id collate "C" limit 1) as bought on true
  left join lateral (
    select (seen.details::jsonb #>> array['consent', $3])::boolean as agrees from unnest(held.identifiers) as one (id)
    cross join lateral (
      select details, by_server, occurred_at, source, touchpoint_id from metrics.fact
      where identifier = one.id order by occurred_at desc limit ${readTouchpoints}) as seen
    where $3::text is not null and seen.details like '%"consent"%'
      and seen.details::jsonb #>> array['consent', $3] in ('true', 'false')
    order by seen.by_server desc, seen.occurred_at desc, seen.source collate "C" desc, seen.touchpoint_id collate "C" desc limit 1) as stated on true`;

/** @param category of consent; null where it is not asked for */
export async function findStoresAndConsents(
  database: Pick<PoolClient, 'query'>,
  generation: number,
  profiles: readonly string[],
  { withStores, category }: { withStores: boolean; category: string | null },
): Promise<Map<string, StoreAndConsent>> {
  if (profiles.length === 0) return new Map();
  const { rows } = await database.query<StoreAndConsent>({
    name: 'find-stores-and-consents',
    text: statement,
    values: [generation, uuidArray(profiles), category, withStores],
  });
  return new Map(rows.map((row) => [row.profile, row]));
}
