/** What an erasure is: its extent and its time, written down once. */
import { isoTimestamps } from './iso-timestamps.ts';
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { DecidedBy } from './save-decision.ts';

export interface NewErasure {
  id: string;
  at: string;
  profile: string;
  follows: string | null;
  suppresses: boolean;
  /** Version in force. */
  rules: number;
  by: DecidedBy;
}

export async function insertErasure(client: PoolClient, erasure: NewErasure): Promise<void> {
  const { id, at, profile, follows, suppresses, rules, by } = erasure;
  await client.query(
    `insert into identity.erasure (id, at, profile, follows, suppresses, made_with, author, ruleset, step)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'decisions')`,
    [id, at, profile, follows, suppresses, by.key, by.author, rules],
  );
}

/** Whether an attached identifier is linked to its parent by more than public evidence. */
const isFirmlyLinked = `exists (
    select from identity.link l where l.weaker = c.id and l.stronger = c.parent
      and l.best_level > greatest(1, c.shared_level, p.shared_level))
  or exists (select from identity.inferred_link n where n.a = c.id and n.b = c.parent and not n.person and n.level > 1)
  or exists (
    select from identity.decision_identifier named join identity.decision d on d.id = named.decision_id
    where named.identifier = c.id and d.kind = 'merge' and d.withdrawn_at is null)`;

/**
 * @param firm person identifiers of the profile that are linked to its founder by more than public evidence
 * @param everything whether what is linked by public evidence alone is confirmed
 */
export async function insertProfileExtent(
  client: PoolClient,
  {
    erasure,
    profile,
    firm,
    everything,
  }: { erasure: string; profile: string; firm: readonly string[]; everything: boolean },
): Promise<void> {
  await client.query({
    text: `with recursive firm (id) as (
             select unnest($3::uuid[])
             union
             select c.id from firm join identity.identifier p on p.id = firm.id
             join identity.identifier c on c.parent = p.id
             where ${isFirmlyLinked}
           ), roots as (
             select id from identity.identifier where id = $2
             union all
             select id from identity.identifier where profile = $2 and profile <> id
           ), members as (
             select id from roots
             union
             select i.id from roots join identity.identifier i on i.root = roots.id and i.root <> i.id
           ), names as (
             -- And what other rules have called them.
             select id, id as member from members
             union
             select i.id, members.id from members join identity.identifier i on i.renamed = members.id
           )
           insert into identity.erasure_identifier (identifier, erasure, in_extent)
           select id, $1, bool_or($4 or exists (select from firm where firm.id = names.member)) from names group by id`,
    values: [erasure, profile, uuidArray(firm), everything],
  });
}

/** Identifiers that were left to be confirmed by another erasure. */
export async function insertConfirmedExtent(
  client: PoolClient,
  {
    erasure,
    follows,
    identifiers,
  }: { erasure: string; follows: string; identifiers: readonly string[] | null },
): Promise<number> {
  const { rowCount } = await client.query({
    text: `insert into identity.erasure_identifier (identifier, erasure, in_extent)
           select identifier, $1, true from identity.erasure_identifier left_over
           where erasure = $2 and not in_extent and ($3::uuid[] is null or identifier = any($3::uuid[]))
             and not exists (
               select from identity.erasure_identifier taken join identity.erasure e on e.id = taken.erasure
               where taken.identifier = left_over.identifier and taken.in_extent and e.follows = $2)`,
    values: [erasure, follows, identifiers === null ? null : uuidArray(identifiers)],
  });
  return rowCount ?? 0;
}

/** Of a profile with more values the orders and receipts are left out first. */
const maxWanted = 4_000;

/** What is shared now, of the extent and of what touchpoints name together with it; and what copies elsewhere are found by. */
export async function completeErasure(
  client: PoolClient,
  erasure: string,
  fold: (value: string) => string,
): Promise<void> {
  await client.query({
    text: `insert into identity.erasure_shared (erasure, identifier, trust)
           select $1, i.id, case when i.shared_level = 3 then 'server' else 'public' end
           from (
             select identifier as id from identity.erasure_identifier where erasure = $1 and in_extent
             union
             select l.stronger from identity.erasure_identifier e join identity.link l on l.weaker = e.identifier
             where e.erasure = $1 and e.in_extent
             union
             select l.weaker from identity.erasure_identifier e join identity.link l on l.stronger = e.identifier
             where e.erasure = $1 and e.in_extent
             union
             select w.other from identity.erasure_identifier e join identity.withdrawn_pair w on w.identifier = e.identifier
             where e.erasure = $1 and e.in_extent
           ) as around join identity.identifier i on i.id = around.id and i.shared_level > 0`,
    values: [erasure],
  });
  await saveWanted(client, erasure, fold);
}

/** What copies elsewhere are found by: the values of the extent that are known. */
export async function saveWanted(
  client: PoolClient,
  erasure: string,
  fold: (value: string) => string,
): Promise<void> {
  const { rows } = await client.query<{ value: string; original: string | null }>({
    text: `select i.value, i.original from identity.erasure_identifier e
           join identity.identifier i on i.id = e.identifier and not i.blocked and i.value <> ''
           where e.erasure = $1 and e.in_extent
           order by i.type in ('order_id', 'receipt_id'), i.type in ('device_id', 'anonymous_id'), i.id limit $2`,
    values: [erasure, maxWanted],
  });
  const wanted = new Set(
    rows.flatMap(({ value, original }) => [fold(value), ...(original === null ? [] : [fold(original)])]),
  );
  await client.query('update identity.erasure set wanted = $2 where id = $1', [erasure, [...wanted]]);
}

/** Locked: two confirmations of one identifier make one erasure. Null when there is none. */
export async function lockErasure(
  client: PoolClient,
  id: string,
): Promise<{ profile: string; suppresses: boolean } | null> {
  const { rows } = await client.query<{ profile: string; suppresses: boolean }>({
    text: 'select profile, suppresses from identity.erasure where id = $1 for update',
    values: [id],
    types: isoTimestamps,
  });
  return rows[0] ?? null;
}

/** False when there is no suppression, or it has ended. */
export async function endSuppression(
  client: Pick<PoolClient, 'query'>,
  id: string,
  at: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update identity.erasure set suppression_ended_at = $2
     where id = $1 and suppresses and suppression_ended_at is null`,
    [id, at],
  );
  return rowCount === 1;
}
