/** Links and their evidence: by pair, of attached identifiers, and among person identifiers. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Link, Moment } from '../core/evidence.ts';
import { isoTimestamps } from './iso-timestamps.ts';

const columns = `l.weaker, l.stronger, l.person, l.alias, l.counted_level, l.erased_level, l.same_family,
  l.public_at, l.public_source, l.public_touchpoint, l.verified_at, l.verified_source, l.verified_touchpoint,
  l.server_at, l.server_source, l.server_touchpoint`;

interface Row {
  weaker: string;
  stronger: string;
  person: boolean;
  alias: boolean;
  counted_level: number;
  erased_level: number;
  same_family: boolean;
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
    'load-links-by-pair',
    `select ${columns} from unnest($1::uuid[], $2::uuid[]) as pair (weaker, stronger)
     join identity.link l on l.weaker = pair.weaker and l.stronger = pair.stronger`,
    [uuidArray(pairs.map(({ weaker }) => weaker)), uuidArray(pairs.map(({ stronger }) => stronger))],
  );
}

/**
 * Links that are usable: with evidence above what either end is shared at. The shared levels read here are those before the
 * resolution, which may be lower: a few dead links more are read, never a live one less. The index by level skips what the
 * identifier's own shared level has made dead, so a hub of any size is read within its degree limits. It has the level next to the end,
 * or the planner takes an index without it as just as good, and reads the whole hub.
 */
export async function loadLinksOfAttached(client: PoolClient, ids: readonly string[]): Promise<Link[]> {
  return await query(
    client,
    'load-links-of-attached',
    `select ${columns} from unnest($1::uuid[]) as attached (id)
     join identity.identifier w on w.id = attached.id
     cross join lateral (
       select * from identity.link
       where weaker = w.id and best_level > w.shared_level and not person
       offset 0
     ) l
     join identity.identifier s on s.id = l.stronger and s.shared_level < l.best_level`,
    [uuidArray(ids)],
  );
}

const familiesOf = (stage: number): string => (stage >= 4 ? 'and not l.same_family' : '');

/** The same among person identifiers. From stage 2 on public evidence is left out, at the last stage links within a family. */
export async function loadLinksOfPersons(
  client: PoolClient,
  ids: readonly string[],
  stage: number,
): Promise<Link[]> {
  const weakest = stage >= 2 ? 1 : 0;
  const families = familiesOf(stage);
  const usable = (own: string, other: string): string =>
    `select l.* from identity.link l join identity.identifier o on o.id = l.${other}
     where l.${own} = p.id and l.person and l.best_level > greatest(p.shared_level, ${weakest}) ${families}
       and o.shared_level < l.best_level`;
  return await query(
    client,
    `load-links-of-persons-${stage}`,
    `select distinct ${columns} from unnest($1::uuid[]) as person (id)
     join identity.identifier p on p.id = person.id
     cross join lateral (${usable('weaker', 'stronger')} union all ${usable('stronger', 'weaker')}) l`,
    [uuidArray(ids)],
  );
}

/** Some of the person identifiers that these lead to, nearest first: a hint at what a search will ask for next. */
export async function findReachablePersons(
  client: PoolClient,
  ids: readonly string[],
  options: { stage: number; most: number },
): Promise<string[]> {
  const weakest = options.stage >= 2 ? 1 : 0;
  const families = familiesOf(options.stage);
  const linked = (own: string, other: string): string =>
    `(select l.${other} as id from identity.link l where l.${own} = p.id and l.person
        and l.best_level > greatest(p.shared_level, ${weakest}) ${families} limit $2)`;
  const inferred = (own: string, other: string): string =>
    `(select i.${other} from identity.inferred_link i where i.${own} = p.id and i.person
        order by i.level, i.${other} limit $2)`;
  const { rows } = await client.query<{ id: string }>({
    name: `find-reachable-persons-${options.stage}`,
    text: `with recursive reached (id) as (
             select unnest($1::uuid[])
             union
             select next.id from reached join identity.identifier p on p.id = reached.id
             cross join lateral (
               ${linked('weaker', 'stronger')} union all ${linked('stronger', 'weaker')}
               ${options.stage >= 3 ? '' : `union all ${inferred('a', 'b')} union all ${inferred('b', 'a')}`}
             ) next
           )
           select id from reached limit $2 + cardinality($1)`,
    values: [uuidArray(ids), options.most],
  });
  const asked = new Set(ids);
  return rows.flatMap(({ id }) => (asked.has(id) ? [] : [id]));
}

/** Where a first page begins: a condition that allows null as well cannot use the index, and reads all earlier pages again. */
const beforeAll = '00000000-0000-0000-0000-000000000000';

/** A page of the attached identifiers that are linked to a stronger one, after `cursor`. */
export async function loadLinkedAttached(
  client: PoolClient,
  stronger: string,
  cursor: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ weaker: string }>({
    text: `select weaker from identity.link
           where stronger = $1 and not person and weaker > $2 order by weaker limit $3`,
    values: [stronger, cursor ?? beforeAll, limit],
  });
  return rows.map(({ weaker }) => weaker);
}

/** The same of the person identifiers, of either end. */
export async function loadLinkedPersons(
  client: PoolClient,
  id: string,
  cursor: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    text: `(select weaker as id from identity.link
            where stronger = $1 and person and weaker > $2 order by weaker limit $3)
           union all
           (select stronger from identity.link
            where weaker = $1 and person and stronger > $2 order by stronger limit $3)
           order by id limit $3`,
    values: [id, cursor ?? beforeAll, limit],
  });
  return rows.map((row) => row.id);
}

/** The same of what is attached to one. */
export async function loadAttachedTo(
  client: PoolClient,
  parent: string,
  cursor: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    text: `select id from identity.identifier
           where parent = $1 and id > $2 order by id limit $3`,
    values: [parent, cursor ?? beforeAll, limit],
  });
  return rows.map((row) => row.id);
}

/** @param name of the statement: planning costs more than reading a few links */
async function query(client: PoolClient, name: string, text: string, values: unknown[]): Promise<Link[]> {
  const { rows } = await client.query<Row>({ name, text, values, types: isoTimestamps });
  return rows.map(toLink);
}

function toLink(row: Row): Link {
  return {
    weaker: row.weaker,
    stronger: row.stronger,
    person: row.person,
    alias: row.alias,
    sameFamily: row.same_family,
    countedLevel: row.counted_level as Link['countedLevel'],
    erasedLevel: row.erased_level as Link['erasedLevel'],
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
