import { getTableConfig } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  apiKey,
  erasedWord,
  erasureSalt,
  receiptNumber,
  rejectedCount,
  rejectedTouchpoint,
  resubmission,
  source,
} from '../../src/db/schema.ts';
import { startIngestServer, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

test.each([
  ['rejected_touchpoint', rejectedTouchpoint],
  ['rejected_count', rejectedCount],
  ['resubmission', resubmission],
  ['receipt_number', receiptNumber],
  ['source', source],
  ['api_key', apiKey],
  ['erased_word', erasedWord],
  ['erasure_salt', erasureSalt],
])('the typed %s is the migrated one, column by column and index by index', async (_table, typed) => {
  const { name, schema, columns, indexes } = getTableConfig(typed);
  const { rows: migrated } = await server.pool.query<{ name: string; type: string; required: boolean }>(
    `select attname as name, format_type(atttypid, null) as type, attnotnull as required
     from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attname`,
    [`${schema}.${name}`],
  );
  const declared = columns
    .map((column) => ({ name: column.name, type: column.getSQLType(), required: column.notNull }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  expect(declared).toEqual(migrated);
  const { rows: indexed } = await server.pool.query<{ name: string }>(
    'select indexname as name from pg_indexes where schemaname = $1 and tablename = $2',
    [schema, name],
  );
  const unique = columns.flatMap((column) => (column.isUnique ? [column.uniqueName] : []));
  const names = [...indexes.map((index) => index.config.name), ...unique, `${name}_pkey`];
  expect(new Set(indexed.map((row) => row.name))).toEqual(new Set(names));
});
