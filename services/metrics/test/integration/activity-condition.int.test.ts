import type { ActivityFilter } from '@throughline/contracts';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matchesFilter, type FilteredTouchpoint } from '../../src/core/activity-filter.ts';
import { activityCondition } from '../../src/db/verification/activity-condition.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const word = fc.constantFrom('a', 'ab', 'A', '\u{1F600}', '\uFF21', '1', '');
const scalar = fc.oneof(word, fc.constantFrom(0, 1, 1.5, -2), fc.boolean());
const touchpoints: fc.Arbitrary<FilteredTouchpoint> = fc.record({
  type: word,
  name: fc.option(word),
  source: word,
  channel: fc.option(word),
  stage: fc.option(word),
  sentiment: fc.option(fc.constantFrom(0, 1, 0.5, -1)),
  properties: fc.option(
    fc.record(
      {
        a: fc.oneof(scalar, fc.constant(null)),
        b: fc.record({ c: scalar }),
        d: fc.array(scalar, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  ),
});
const field = fc.constantFrom(
  'type',
  'name',
  'channel',
  'stage',
  'sentiment',
  'properties.a',
  'properties.b.c',
  'properties.d.0',
);
const clause = fc.oneof(
  fc.record({ field, op: fc.constantFrom('eq', 'gte', 'lte', 'prefix'), value: scalar }),
  fc.record({ field, op: fc.constant('in'), value: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ field, op: fc.constant('exists') }),
);
const clauses = fc.array(clause, { maxLength: 3 });
const filters = fc.record(
  { all: clauses, any: clauses },
  { requiredKeys: [] },
) as fc.Arbitrary<ActivityFilter>;

test('the verification reads an activity filter as the service does', async () => {
  await fc.assert(
    fc.asyncProperty(filters, touchpoints, async (filter, touchpoint) => {
      const { type, name, source, channel, stage, sentiment, properties } = touchpoint;
      const values: unknown[] = [
        type,
        name,
        source,
        channel,
        stage,
        sentiment,
        properties && JSON.stringify(properties),
      ];
      const condition = activityCondition(filter, values);
      const { rows } = await client.query<{ matches: boolean }>(
        `select ${condition} as matches
         from (select $1::text as type, $2::text as name, $3::text as source, $4::text as channel, $5::text as stage,
                      $6::float8 as sentiment, $7::text as properties) as touchpoint`,
        values,
      );
      expect(rows[0]?.matches).toBe(matchesFilter(filter, touchpoint));
    }),
    { numRuns: 600 },
  );
});
