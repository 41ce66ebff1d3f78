import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as schema from '../../src/db/schema.ts';
import { createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

test('the typed schema has the tables, columns, types and keys of the migrated one', async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select format('%s.%s %s%s%s', class.relname, attname, format_type(atttypid, atttypmod),
                   case when attnotnull then ' not null' else '' end,
                   case when attnum = any(coalesce(keys.conkey, '{}')) then ' key' else '' end) as name
     from pg_attribute
     join pg_class as class on class.oid = attrelid and class.relkind = 'r'
     left join pg_constraint as keys on keys.conrelid = class.oid and keys.contype = 'p'
     where class.relnamespace = 'metrics'::regnamespace and attnum > 0 and not attisdropped`,
  );
  // Those of the event log's consumer and of the migrations are not this service's to describe.
  const foreign =
    /^(consumer_offset|consumer_attempt|outbox|outbox_shard|outbox_counter|outbox_watermark|dead_letter|migration)\./;
  const migrated = rows.map(({ name }) => name).filter((name) => !foreign.test(name));
  const typed = Object.values(schema)
    .filter((value) => value instanceof PgTable)
    .flatMap((table) => {
      const { name, columns, primaryKeys } = getTableConfig(table);
      const keys = new Set(primaryKeys.flatMap((key) => key.columns.map((column) => column.name)));
      return columns.map((column) => {
        const isKey = column.primary || keys.has(column.name);
        const type = column.getSQLType();
        return `${name}.${column.name} ${type}${column.notNull ? ' not null' : ''}${isKey ? ' key' : ''}`;
      });
    });
  expect(typed.sort()).toEqual(migrated.sort());
});
