/** Links and their evidence: by pair, of attached identifiers, and among person identifiers. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Link, Moment } from '../core/evidence.ts';
import { isoTimestamps } from './iso-timestamps.ts';

const columns = `l.weaker, l.stronger, l.person, l.alias, l.counted_level,
  l.public_at, l.public_source, l.public_touchpoint, l.verified_at, l.verified_source, l.verified_touchpoint,
  l.server_at, l.server_source, l.server_touchpoint`;

/**
 * True when some evidence stands above what either end is shared at. The shared levels read here may be older than those of
 * the resolution, and then lower: a few dead links more are read, never a live one less.
 */
const usable = `greatest(w.shared_level, s.shared_level) < case when l.server_at is not null then 3
  when l.verified_at is not null then 2 when l.public_at is not null then 1 else 0 end`;

interface Row {
  weaker: string;
  stronger: string;
  person: boolean;
  alias: boolean;
  counted_level: number;
  public_at: string | null;
  public_source: string | null;
  public_touchpoint: string | null;
  verified_at: string | null;
  verified_source: string | null;
  verified_touchpoint: string | null;
  server_at: string | null;
  server_source: string | null;
  server_touchpoint: string | null;
}

export async function loadLinksByPair(
  client: PoolClient,
  pairs: readonly { weaker: string; stronger: string }[],
): Promise<Link[]> {
  return await query(
    client,
    `select ${columns} from unnest($1::uuid[], $2::uuid[]) as pair (weaker, stronger)
     join identity.link l on l.weaker = pair.weaker and l.stronger = pair.stronger`,
    [plainArray(pairs.map(({ weaker }) => weaker)), plainArray(pairs.map(({ stronger }) => stronger))],
  );
}

/** One that is not shared has few links of each type, and of one that is the dead links are left out: bounded. */
export async function loadLinksOfAttached(client: PoolClient, ids: readonly string[]): Promise<Link[]> {
  return await query(
    client,
    `select ${columns} from identity.link l
     join identity.identifier w on w.id = l.weaker join identity.identifier s on s.id = l.stronger
     where l.weaker = any($1::uuid[]) and not l.person and ${usable}`,
    [ids],
  );
}

/**
 * Of one person at most `limit` links are read: with more, its component is past the bound at this stage anyway.
 * From stage 2 on public evidence is left out.
 */
export async function loadLinksOfPersons(
  client: PoolClient,
  ids: readonly string[],
  options: { stage: number; dead: boolean; limit: number },
): Promise<Link[]> {
  return await query(
    client,
    `select distinct ${columns} from unnest($1::uuid[]) as person (id)
     cross join lateral (
       (select l.* from identity.link l
        join identity.identifier w on w.id = l.weaker join identity.identifier s on s.id = l.stronger
        where l.weaker = person.id and l.person and ($2 or ${usable})
          and ($3 < 2 or l.server_at is not null or l.verified_at is not null) limit $4)
       union all
       (select l.* from identity.link l
        join identity.identifier w on w.id = l.weaker join identity.identifier s on s.id = l.stronger
        where l.stronger = person.id and l.person and ($2 or ${usable})
          and ($3 < 2 or l.server_at is not null or l.verified_at is not null) limit $4)
     ) l`,
    [ids, options.dead, options.stage, options.stage >= 4 || options.dead ? null : options.limit],
  );
}

/** A page of the attached identifiers that are linked to a stronger one, after `cursor`. */
export async function loadLinkedAttached(
  client: PoolClient,
  stronger: string,
  cursor: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ weaker: string }>({
    text: `select weaker from identity.link
           where stronger = $1 and not person and ($2::uuid is null or weaker > $2) order by weaker limit $3`,
    values: [stronger, cursor, limit],
  });
  return rows.map(({ weaker }) => weaker);
}

async function query(client: PoolClient, text: string, values: unknown[]): Promise<Link[]> {
  const { rows } = await client.query<Row>({ text, values, types: isoTimestamps });
  return rows.map(toLink);
}

function toLink(row: Row): Link {
  return {
    weaker: row.weaker,
    stronger: row.stronger,
    person: row.person,
    alias: row.alias,
    countedLevel: row.counted_level as Link['countedLevel'],
    evidence: [
      moment(row.public_at, row.public_source, row.public_touchpoint),
      moment(row.verified_at, row.verified_source, row.verified_touchpoint),
      moment(row.server_at, row.server_source, row.server_touchpoint),
    ],
  };
}

function moment(at: string | null, source: string | null, touchpointId: string | null): Moment | null {
  return at === null ? null : { at, source: source ?? '', touchpointId: touchpointId ?? '' };
}
