/**
 * The tables that follow from the rules, and a second set of them. The rules that are evaluated are worked out by the same
 * code as the live state, in tables of the same form beside it: `draft_…`. Once they are in force these have the usual names, and
 * those from before are `former_…` until what differs is published.
 */
import type { Pool, PoolClient } from 'pg';

export type TableSet = 'draft' | 'former';

const tables = [
  'identifier',
  'attached_summary',
  'link',
  'inferred_link',
  'withdrawn_pair',
  'membership_change',
  'changed_member',
  'touchpoint',
  'trait',
  'recheck',
  'decision',
  'decision_identifier',
] as const;

/**
 * The history of profiles and what the change feed has to do are only added to: what a draft adds is thrown away. Decisions are the
 * same by any rules, but for what they call identifiers.
 */
const unswitched: readonly string[] = [
  'membership_change',
  'changed_member',
  'decision',
  'decision_identifier',
];
const switched = tables.filter((table) => !unswitched.includes(table));

const tableNames = new RegExp(`\\bidentity\\.(${tables.join('|')})\\b`, 'g');

/** Statements that are sent through it read and write the other set; everything else is as it is. */
export function withTableSet(client: PoolClient, set: TableSet): PoolClient {
  const rename = (text: string): string => text.replaceAll(tableNames, `identity.${set}_$1`);
  const query = (statement: string | { text: string; name?: string }, values?: unknown[]): unknown => {
    if (typeof statement === 'string') return client.query(rename(statement), values);
    const { name, text, ...rest } = statement;
    const renamed = { ...rest, text: rename(text) };
    return client.query(name === undefined ? renamed : { ...renamed, name: `${set}-${name}` });
  };
  return new Proxy(client, {
    get: (target, property) => {
      if (property === 'query') return query;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** For work that takes its connections itself. */
export function poolWithTableSet(pool: Pool, set: TableSet): Pool {
  return new Proxy(pool, {
    get: (target, property) => {
      if (property === 'connect') return async () => withTableSet(await target.connect(), set);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Empty ones, with the columns, settings and indexes of the live ones. */
export async function createDraftTables(client: PoolClient): Promise<void> {
  await dropTables(client, 'draft');
  for (const table of tables) {
    const like = 'including defaults including identity including constraints including storage';
    await client.query(`create table identity.draft_${table} (like identity.${table} ${like})`);
    const { rows } = await client.query<{ options: string | null }>(
      `select array_to_string(reloptions, ', ') as options from pg_class where oid = $1::regclass`,
      [`identity.${table}`],
    );
    const options = rows[0]?.options ?? null;
    if (options !== null) await client.query(`alter table identity.draft_${table} set (${options})`);
    await copyColumnOptions(client, table);
    for (const { name, definition, isPrimary } of await findIndexes(client, table)) {
      const text = definition.replace(/ INDEX \S+ ON \S+/, ` INDEX draft_${name} ON identity.draft_${table}`);
      await client.query(text);
      if (!isPrimary) continue;
      await client.query(
        `alter table identity.draft_${table} add constraint draft_${name} primary key using index draft_${name}`,
      );
    }
  }
}

/** What the planner knows of columns, which `like` leaves out. */
async function copyColumnOptions(client: PoolClient, table: string): Promise<void> {
  const { rows } = await client.query<{ name: string; options: string }>(
    `select attname as name, array_to_string(attoptions, ', ') as options from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and attoptions is not null`,
    [`identity.${table}`],
  );
  for (const { name, options } of rows) {
    await client.query(`alter table identity.draft_${table} alter column ${name} set (${options})`);
  }
}

interface Index {
  name: string;
  definition: string;
  isPrimary: boolean;
}

async function findIndexes(client: PoolClient, table: string): Promise<Index[]> {
  const { rows } = await client.query<Index>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid) as definition, i.indisprimary as "isPrimary"
     from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1::regclass order by c.relname`,
    [`identity.${table}`],
  );
  return rows;
}

/** The drafts take the names of the live tables, which become the former ones. Readers have to be done with them first. */
export async function switchTables(client: PoolClient): Promise<void> {
  await dropTables(client, 'former');
  const both = switched.flatMap((table) => [`identity.${table}`, `identity.draft_${table}`]);
  await client.query(`lock table ${both.join(', ')} in access exclusive mode`);
  for (const table of switched) {
    for (const { name } of await findIndexes(client, table)) {
      await client.query(`alter index identity.${name} rename to former_${name}`);
    }
    for (const { name } of await findIndexes(client, `draft_${table}`)) {
      await client.query(`alter index identity.${name} rename to ${name.replace(/^draft_/, '')}`);
    }
    await client.query(`alter table identity.${table} rename to former_${table}`);
    await client.query(`alter table identity.draft_${table} rename to ${table}`);
  }
  await dropTables(client, 'draft');
}

export async function dropTables(client: PoolClient, set: TableSet): Promise<void> {
  for (const table of tables) await client.query(`drop table if exists identity.${set}_${table}`);
}
