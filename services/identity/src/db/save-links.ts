/** Writes new and changed links, and the inferred links that came or went. Both ends are locked by then. */
import { booleanArray, smallintArray, textArray, timestampArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { bestLevel, type InferredLink, type Link } from '../core/evidence.ts';

export async function saveLinks(client: PoolClient, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  const sorted = links.toSorted((left, right) =>
    left.weaker < right.weaker || (left.weaker === right.weaker && left.stronger < right.stronger) ? -1 : 1,
  );
  const evidence = [0, 1, 2].flatMap((index) => [
    timestampArray(sorted.map((link) => link.evidence[index]?.at ?? null)),
    textArray(sorted.map((link) => link.evidence[index]?.source ?? null)),
    textArray(sorted.map((link) => link.evidence[index]?.touchpointId ?? null)),
  ]);
  await client.query({
    name: 'save-links',
    text: `insert into identity.link (weaker, stronger, person, alias, counted_level,
             public_at, public_source, public_touchpoint, verified_at, verified_source, verified_touchpoint,
             server_at, server_source, server_touchpoint, same_family, best_level, erased_level)
           select * from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::boolean[], $5::smallint[],
             $6::timestamptz[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::text[],
             $12::timestamptz[], $13::text[], $14::text[], $15::boolean[], $16::smallint[], $17::smallint[])
           on conflict (weaker, stronger) do update set
             alias = excluded.alias, counted_level = excluded.counted_level, best_level = excluded.best_level,
             erased_level = excluded.erased_level,
             public_at = excluded.public_at, public_source = excluded.public_source,
             public_touchpoint = excluded.public_touchpoint,
             verified_at = excluded.verified_at, verified_source = excluded.verified_source,
             verified_touchpoint = excluded.verified_touchpoint,
             server_at = excluded.server_at, server_source = excluded.server_source,
             server_touchpoint = excluded.server_touchpoint`,
    values: [
      uuidArray(sorted.map((link) => link.weaker)),
      uuidArray(sorted.map((link) => link.stronger)),
      booleanArray(sorted.map((link) => link.person)),
      booleanArray(sorted.map((link) => link.alias)),
      smallintArray(sorted.map((link) => link.countedLevel)),
      ...evidence,
      booleanArray(sorted.map((link) => link.sameFamily)),
      smallintArray(sorted.map(bestLevel)),
      smallintArray(sorted.map((link) => link.erasedLevel)),
    ],
  });
}

/** To be begun before those that came are written: one may be among both. */
export async function deleteInferredLinks(
  client: PoolClient,
  removed: readonly InferredLink[],
): Promise<void> {
  if (removed.length === 0) return;
  await client.query({
    text: `delete from identity.inferred_link i using unnest($1::uuid[], $2::uuid[], $3::uuid[]) as gone (via, a, b)
             where i.via = gone.via and i.a = gone.a and i.b = gone.b`,
    values: [
      uuidArray(removed.map(({ via }) => via)),
      uuidArray(removed.map(({ a }) => a)),
      uuidArray(removed.map(({ b }) => b)),
    ],
  });
}

export async function saveInferredLinks(client: PoolClient, added: readonly InferredLink[]): Promise<void> {
  if (added.length === 0) return;
  await client.query({
    name: 'insert-inferred-links',
    text: `insert into identity.inferred_link (via, a, b, person, level, first_at, first_source, first_touchpoint)
           select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::smallint[], $6::timestamptz[], $7::text[],
             $8::text[])
           on conflict (via, a, b) do update set level = excluded.level, first_at = excluded.first_at,
             first_source = excluded.first_source, first_touchpoint = excluded.first_touchpoint`,
    values: [
      uuidArray(added.map(({ via }) => via)),
      uuidArray(added.map(({ a }) => a)),
      uuidArray(added.map(({ b }) => b)),
      booleanArray(added.map(({ person }) => person)),
      smallintArray(added.map(({ level }) => level)),
      timestampArray(added.map(({ first }) => first.at)),
      textArray(added.map(({ first }) => first.source)),
      textArray(added.map(({ first }) => first.touchpointId)),
    ],
  });
}
