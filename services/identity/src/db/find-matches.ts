/**
 * Identifiers whose value, or whose person's name, begins with a text. Each look reads an index from the text on; the upper
 * bound is the text with the greatest character after it, because a prepared LIKE with a parameter cannot use an index.
 */
import type { Pool } from 'pg';

export interface Match {
  /** That has the value, or to which the trait belongs. */
  identifier: string;
  /** `trait`: what the person is called. */
  kind: 'identifier' | 'trait';
  /** Type of the identifier, or name of the trait. */
  name: string;
  value: string;
  /** Of an identifier: as it was sent first, where that differs. */
  original: string | null;
}

const isPerson = `(type in ('user_id', 'loyalty_id', 'email', 'phone') or starts_with(type, 'external.'))`;
const isName = `kind = 'trait' and name in ('name', 'firstName', 'first_name', 'lastName', 'last_name')`;

const beginsWith = (expression: string): string =>
  `${expression} ~>=~ lower($1) and ${expression} ~<~ (lower($1) || chr(1114111))`;

export interface MatchPage {
  /** Types of identifiers, or names of traits, that count; null for all. */
  shown: readonly string[] | null;
  limit: number;
}

export interface FoundMatches {
  matches: Match[];
  /** There may be others that count. */
  isCut: boolean;
}

/** Of those that begin with the text, where not all of them count. */
const maxScanned = 10_000;

/** Of person identifiers, in the order of their values. */
export async function findIdentifiersByPrefix(
  pool: Pool,
  prefix: string,
  page: MatchPage,
): Promise<FoundMatches> {
  const found = `select id as identifier, 'identifier' as kind, type as name, value, original from identity.identifier
           where ${beginsWith('lower(value)')} and ${isPerson} and first_seen_at is not null
           order by lower(value) using ~<~`;
  return await findShown(pool, { name: 'find-identifiers-by-prefix', found, prefix }, page);
}

/** Of what people are called, in the order of the names. */
export async function findNamesByPrefix(pool: Pool, prefix: string, page: MatchPage): Promise<FoundMatches> {
  const found = `select identifier, 'trait' as kind, name, value, null as original from identity.trait
           where ${beginsWith('lower(left(value, 100))')} and ${isName}
           order by lower(left(value, 100)) using ~<~`;
  // The value is JSON: what it begins with is what the text's own JSON begins with.
  const text = JSON.stringify(prefix).slice(0, -1);
  const { matches, isCut } = await findShown(
    pool,
    { name: 'find-names-by-prefix', found, prefix: text },
    page,
  );
  return { matches: matches.map((one) => ({ ...one, value: String(JSON.parse(one.value)) })), isCut };
}

/** What does not count does not make an answer truncated either, unless it is a whole scan of it. */
async function findShown(
  pool: Pool,
  { name, found, prefix }: { name: string; found: string; prefix: string },
  { shown, limit }: MatchPage,
): Promise<FoundMatches> {
  if (shown === null) {
    const { rows } = await pool.query<Match>({ name, text: `${found} limit $2`, values: [prefix, limit] });
    return { matches: rows, isCut: rows.length === limit };
  }
  if (shown.length === 0) return { matches: [], isCut: false };
  const { rows } = await pool.query<
    Omit<Match, 'identifier'> & { scanned: number; identifier: string | null }
  >({
    name: `${name}-shown`,
    text: `with scanned as materialized (${found} limit $2)
           select s.*, counted.scanned from (select count(*)::integer as scanned from scanned) as counted
           left join lateral (select * from scanned where name = any($3::text[]) limit $4) as s on true`,
    values: [prefix, maxScanned, shown, limit],
  });
  const matches = rows.flatMap(({ scanned: _scanned, identifier, ...match }) =>
    identifier === null ? [] : [{ ...match, identifier }],
  );
  const isWhole = rows[0]?.scanned === maxScanned;
  return { matches, isCut: matches.length === limit || isWhole };
}
