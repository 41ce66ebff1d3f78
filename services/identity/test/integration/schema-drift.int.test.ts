import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as schema from '../../src/db/schema.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

test('the typed schema has the tables, columns and types of the migrated one', async () => {
  // Those of the event log's consumer and of the migrations are not this service's to describe.
  const { rows } = await harness.pool.query<{ column: string }>(
    `select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || case when a.attnotnull then ' not null' else '' end as column
     from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
     where c.relnamespace = 'identity'::regnamespace and a.attnum > 0 and not a.attisdropped
       and c.relname !~ '^(consumer_.*|outbox.*|dead_letter|migration)$'`,
  );
  const typed = Object.values(schema)
    .filter((value) => value instanceof PgTable)
    .flatMap((table) => {
      const { name, columns } = getTableConfig(table);
      return columns.map(
        (column) => `${name}.${column.name} ${column.getSQLType()}${column.notNull ? ' not null' : ''}`,
      );
    });
  expect(typed.toSorted()).toEqual(rows.map(({ column }) => column).toSorted());
});
