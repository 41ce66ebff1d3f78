/** Writes new and changed links, and the inferred links that came or went. Both ends are locked by then. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { bestLevel, type InferredLink, type Link } from '../core/evidence.ts';

export async function saveLinks(client: PoolClient, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  const sorted = links.toSorted((left, right) =>
    left.weaker < right.weaker || (left.weaker === right.weaker && left.stronger < right.stronger) ? -1 : 1,
  );
  const evidence = [0, 1, 2].flatMap((index) => [
    plainArray(sorted.map((link) => link.evidence[index]?.at ?? null)),
    sorted.map((link) => link.evidence[index]?.source ?? null),
    sorted.map((link) => link.evidence[index]?.touchpointId ?? null),
  ]);
  await client.query({
    name: 'save-links',
    text: `insert into identity.link (weaker, stronger, person, alias, counted_level,
             public_at, public_source, public_touchpoint, verified_at, verified_source, verified_touchpoint,
             server_at, server_source, server_touchpoint, same_family, best_level)
           select * from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::boolean[], $5::smallint[],
             $6::timestamptz[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::text[],
             $12::timestamptz[], $13::text[], $14::text[], $15::boolean[], $16::smallint[])
           on conflict (weaker, stronger) do update set
             alias = excluded.alias, counted_level = excluded.counted_level, best_level = excluded.best_level,
             public_at = excluded.public_at, public_source = excluded.public_source,
             public_touchpoint = excluded.public_touchpoint,
             verified_at = excluded.verified_at, verified_source = excluded.verified_source,
             verified_touchpoint = excluded.verified_touchpoint,
             server_at = excluded.server_at, server_source = excluded.server_source,
             server_touchpoint = excluded.server_touchpoint`,
    values: [
      plainArray(sorted.map((link) => link.weaker)),
      plainArray(sorted.map((link) => link.stronger)),
      plainArray(sorted.map((link) => link.person)),
      plainArray(sorted.map((link) => link.alias)),
      plainArray(sorted.map((link) => link.countedLevel)),
      ...evidence,
      plainArray(sorted.map((link) => link.sameFamily)),
      plainArray(sorted.map(bestLevel)),
    ],
  });
}

export async function saveInferredLinks(
  client: PoolClient,
  removed: readonly InferredLink[],
  added: readonly InferredLink[],
): Promise<void> {
  if (removed.length > 0) {
    await client.query({
      text: `delete from identity.inferred_link i using unnest($1::uuid[], $2::uuid[], $3::uuid[]) as gone (via, a, b)
             where i.via = gone.via and i.a = gone.a and i.b = gone.b`,
      values: [
        plainArray(removed.map(({ via }) => via)),
        plainArray(removed.map(({ a }) => a)),
        plainArray(removed.map(({ b }) => b)),
      ],
    });
  }
  if (added.length === 0) return;
  await client.query({
    name: 'insert-inferred-links',
    text: `insert into identity.inferred_link (via, a, b, person, level, first_at, first_source, first_touchpoint)
           select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::smallint[], $6::timestamptz[], $7::text[],
             $8::text[])
           on conflict (via, a, b) do update set level = excluded.level, first_at = excluded.first_at,
             first_source = excluded.first_source, first_touchpoint = excluded.first_touchpoint`,
    values: [
      plainArray(added.map(({ via }) => via)),
      plainArray(added.map(({ a }) => a)),
      plainArray(added.map(({ b }) => b)),
      plainArray(added.map(({ person }) => person)),
      plainArray(added.map(({ level }) => level)),
      plainArray(added.map(({ first }) => first.at)),
      added.map(({ first }) => first.source),
      added.map(({ first }) => first.touchpointId),
    ],
  });
}
