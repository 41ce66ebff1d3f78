/** Makes and changes sources. Each statement notifies every ingest on the access channel, in its own transaction. */
import { accessChannel } from '@throughline/runtime';
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { sourcesMax } from './find-sources.ts';

/** False when the name is taken, or when there are as many sources as there may be. */
export async function insertSource(
  database: NodePgDatabase,
  { name, trust, settings }: { name: string; trust: string; settings: object },
): Promise<boolean> {
  const { rowCount } = await database.execute(sql`
    with made as (
      insert into ingest.source (name, trust, settings)
      select ${name}, ${trust}, ${JSON.stringify(settings)}::jsonb
      where (select count(*) from ingest.source) < ${sourcesMax}
      on conflict do nothing returning name)
    select pg_notify(${accessChannel}, '') from made`);
  return rowCount === 1;
}

/** What is undefined stays. Disabling a source disables its keys with it. False when there is no such source. */
export async function updateSource(
  database: NodePgDatabase,
  name: string,
  { settings, disabled }: { settings?: object | undefined; disabled?: boolean | undefined },
): Promise<boolean> {
  const { rowCount } = await database.execute(sql`
    with changed as (
      update ingest.source set updated_at = now(),
        settings = coalesce(${settings === undefined ? null : JSON.stringify(settings)}::jsonb, settings),
        disabled_at = case ${disabled ?? null}::boolean when true then coalesce(disabled_at, now())
                                                        when false then null else disabled_at end
      where name = ${name} returning name, disabled_at),
    keys as (
      update ingest.api_key set disabled_at = changed.disabled_at
      from changed where api_key.source = changed.name and changed.disabled_at is not null
        and api_key.disabled_at is null)
    select pg_notify(${accessChannel}, '') from changed`);
  return rowCount === 1;
}
