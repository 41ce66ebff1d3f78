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

/** Of person identifiers, in the order of their values. */
export async function findIdentifiersByPrefix(pool: Pool, prefix: string, limit: number): Promise<Match[]> {
  const { rows } = await pool.query<Match>({
    name: 'find-identifiers-by-prefix',
    text: `select id as identifier, 'identifier' as kind, type as name, value, original from identity.identifier
           where ${beginsWith('lower(value)')} and ${isPerson} and first_seen_at is not null
           order by lower(value) using ~<~ limit $2`,
    values: [prefix, limit],
  });
  return rows;
}

/** Of what people are called, in the order of the names. */
export async function findNamesByPrefix(pool: Pool, prefix: string, limit: number): Promise<Match[]> {
  const { rows } = await pool.query<Match>({
    name: 'find-names-by-prefix',
    text: `select identifier, 'trait' as kind, name, value, null as original from identity.trait
           where ${beginsWith('lower(left(value, 100))')} and ${isName}
           order by lower(left(value, 100)) using ~<~ limit $2`,
    // The value is JSON: what it begins with is what the text's own JSON begins with.
    values: [JSON.stringify(prefix).slice(0, -1), limit],
  });
  return rows.map((row) => ({ ...row, value: String(JSON.parse(row.value)) }));
}
