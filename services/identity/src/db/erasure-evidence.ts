/** Links and identifiers whose evidence and times are to be measured again, and the touchpoints to measure them by. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { zeroId } from './find-members.ts';
import { isoTimestamps } from './iso-timestamps.ts';
import { type BlockPlace, readAccepted } from './find-accepted-touchpoints.ts';
import type { AcceptedTouchpoint } from '@throughline/contracts';

/** Of an identifier alone both ends are the same. */
export interface LostEvidence {
  weaker: string;
  stronger: string;
}

export async function saveLostEvidence(
  client: PoolClient,
  erasure: string,
  lost: readonly LostEvidence[],
): Promise<void> {
  if (lost.length === 0) return;
  await client.query({
    text: `insert into identity.erasure_evidence (erasure, weaker, stronger)
           select distinct $1::uuid, weaker, stronger from unnest($2::uuid[], $3::uuid[]) as l (weaker, stronger)
           order by weaker, stronger on conflict do nothing`,
    values: [
      erasure,
      uuidArray(lost.map(({ weaker }) => weaker)),
      uuidArray(lost.map(({ stronger }) => stronger)),
    ],
  });
}

export async function loadLostEvidence(
  client: PoolClient,
  erasure: string,
  limit: number,
): Promise<LostEvidence[]> {
  const { rows } = await client.query<LostEvidence>(
    `select weaker, stronger from identity.erasure_evidence where erasure = $1 order by weaker, stronger limit $2`,
    [erasure, limit],
  );
  return rows;
}

export async function deleteLostEvidence(
  client: PoolClient,
  erasure: string,
  measured: readonly LostEvidence[],
): Promise<void> {
  await client.query({
    text: `delete from identity.erasure_evidence e using unnest($2::uuid[], $3::uuid[]) as m (weaker, stronger)
           where e.erasure = $1 and e.weaker = m.weaker and e.stronger = m.stronger`,
    values: [
      erasure,
      uuidArray(measured.map(({ weaker }) => weaker)),
      uuidArray(measured.map(({ stronger }) => stronger)),
    ],
  });
}

const pageSize = 200;
/** Neighbours of an end that are counted to find the end with fewer. */
const maxCounted = 10_000;

/**
 * The touchpoints that name both, read in pages. They lie under one of the two or under what both are linked to, or are named with in
 * withdrawn evidence, so the neighbours of the end with fewer are looked through; and, where both are shared, under blocked
 * identifiers, which have no links.
 */
export async function* readTouchpointsNaming(
  client: PoolClient,
  { weaker, stronger }: LostEvidence,
): AsyncGenerator<AcceptedTouchpoint[]> {
  const least = weaker === stronger ? weaker : await findLessLinked(client, weaker, stronger);
  let after = { identifier: zeroId, at: '-infinity', key: zeroId };
  for (;;) {
    const { rows }: { rows: (BlockPlace & { identifier: string; occurred_at: string })[] } =
      await client.query({
        text: `select p.id as identifier, t.occurred_at, t.key, t.block, t.place
             from (
               select $1::uuid as id
               union select l.stronger from identity.link l where l.weaker = $1
               union select l.weaker from identity.link l where l.stronger = $1
               union select w.other from identity.withdrawn_pair w where w.identifier = $1
               union select b.id from identity.identifier b where b.blocked and b.touchpoint_count > 0
                 and not exists (select from identity.identifier e where e.id = any($2::uuid[]) and e.shared_level = 0)
             ) as p
             join identity.touchpoint t on t.primary_identifier = p.id
             where t.identifiers @> $2::uuid[]
               and (p.id, t.occurred_at, t.key) > ($3::uuid, $4::timestamptz, $5::uuid)
             order by p.id, t.occurred_at, t.key limit $6`,
        values: [
          least,
          uuidArray(weaker === stronger ? [weaker] : [weaker, stronger]),
          after.identifier,
          after.at,
          after.key,
          pageSize,
        ],
        types: isoTimestamps,
      });
    yield (await readAccepted(client, rows)).map(({ accepted }) => accepted);
    const last = rows.at(-1);
    if (rows.length < pageSize || last === undefined) return;
    after = { identifier: last.identifier, at: last.occurred_at, key: last.key };
  }
}

async function findLessLinked(client: PoolClient, one: string, other: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>({
    text: `select e.id from unnest($1::uuid[]) as e (id)
           cross join lateral (
             select count(*) as links from (
               (select from identity.link l where l.weaker = e.id limit $2)
               union all
               (select from identity.link l where l.stronger = e.id limit $2)
               union all
               (select from identity.withdrawn_pair w where w.identifier = e.id limit $2)
             ) as counted
           ) as c order by c.links, e.id limit 1`,
    values: [uuidArray([one, other]), maxCounted],
  });
  return rows[0]?.id ?? one;
}
