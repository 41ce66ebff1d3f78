/**
 * Makes, replaces and disables keys. Each statement notifies all services on the access channel, in its own transaction, that
 * something changed.
 */
import { accessChannel, storedKeysMax } from '@throughline/runtime';
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { ApiKeyRow } from './schema.ts';

export type NewKey = Pick<
  ApiKeyRow,
  'keyId' | 'digest' | 'hint' | 'scope' | 'source' | 'fields' | 'maySearch' | 'note'
>;

/** False when there are as many keys as there may be. */
export async function insertKey(database: NodePgDatabase, key: NewKey): Promise<boolean> {
  const { rowCount } = await database.execute(sql`
    with made as (
      insert into ingest.api_key (key_id, digest, hint, scope, source, fields, may_search, note)
      select ${key.keyId}::uuid, ${key.digest}::bytea, ${key.hint}, ${key.scope}, ${key.source},
        ${sql.param(key.fields)}::text[], ${key.maySearch}, ${key.note}
      where (select count(*) from ingest.api_key) < ${storedKeysMax}
      returning key_id)
    select pg_notify(${accessChannel}, '') from made`);
  return rowCount === 1;
}

/**
 * A new key in the place of another one, which stays valid for a grace period. Null when that one is disabled, replaced or
 * unknown.
 */
export async function replaceKey(
  database: NodePgDatabase,
  replacedId: string,
  key: Pick<NewKey, 'keyId' | 'digest' | 'hint'>,
  graceSeconds: number,
): Promise<{ scope: string; source: string; expiresAt: Date } | null> {
  const { rows } = await database.execute<{ scope: string; source: string; expiresAt: Date }>(sql`
    with replaced as (
      update ingest.api_key set replaced_by = ${key.keyId}::uuid,
        expires_at = now() + make_interval(secs => ${graceSeconds})
      where key_id = ${replacedId}::uuid and disabled_at is null and replaced_by is null
      returning scope, source, fields, may_search, note, expires_at),
    made as (
      insert into ingest.api_key (key_id, digest, hint, scope, source, fields, may_search, note)
      select ${key.keyId}::uuid, ${key.digest}::bytea, ${key.hint}, scope, source, fields, may_search, note from replaced)
    select scope, source, expires_at as "expiresAt", pg_notify(${accessChannel}, '') from replaced`);
  const [row] = rows;
  return row === undefined ? null : { ...row, expiresAt: new Date(row.expiresAt) };
}

/** False when there is no such key. Disabling it again changes nothing. */
export async function disableKey(database: NodePgDatabase, keyId: string): Promise<boolean> {
  const { rowCount } = await database.execute(sql`
    with changed as (
      update ingest.api_key set disabled_at = coalesce(disabled_at, now()) where key_id = ${keyId}::uuid
      returning key_id)
    select pg_notify(${accessChannel}, '') from changed`);
  return rowCount === 1;
}
