import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bigintArray,
  booleanArray,
  byteaArray,
  createPool,
  instantArray,
  integerArray,
  smallintArray,
  textArray,
  timestampArray,
  uuidArray,
} from '../../src/index.ts';
import { startOwnServer, type OwnServer } from './own-server.ts';

let server: OwnServer;
let pool: Pool;

beforeAll(async () => {
  server = await startOwnServer();
  pool = createPool({
    connectionString: server.connectionString,
    applicationName: 'test',
    onError: (error) => console.error(error),
  });
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

/** As text, so that the driver's parsers have no part in it. */
async function elementsOf(type: string, parameter: unknown): Promise<(string | null)[]> {
  const { rows } = await pool.query<{ element: string | null }>(
    `select element::text from unnest($1::${type}[]) with ordinality as t (element, place) order by place`,
    [parameter],
  );
  return rows.map(({ element }) => element);
}

const texts = ['', 'a', '"{,}\\', 'null', 'NULL', 'naïve', '\u{1F600}', ' \n', 'x'.repeat(70_000)];
const uuids = Array.from({ length: 1_000 }, () => randomUUID());
const instants = ['2026-11-21T12:00:00.000Z', '1999-12-31T23:59:59.999Z', '0001-01-01T00:00:00.000Z'];

describe('an array in binary form', () => {
  test.each<[string, (string | number | boolean | null)[], Buffer]>([
    ['uuid', uuids, uuidArray(uuids)],
    [
      'uuid',
      [null, uuids[0]?.toUpperCase() ?? '', null],
      uuidArray([null, uuids[0]?.toUpperCase() ?? '', null]),
    ],
    ['boolean', [true, false], booleanArray([true, false])],
    ['smallint', [0, -1, 32_767, -32_768], smallintArray([0, -1, 32_767, -32_768])],
    ['integer', [0, -1, 2 ** 31 - 1, -(2 ** 31)], integerArray([0, -1, 2 ** 31 - 1, -(2 ** 31)])],
    [
      'bigint',
      [0, -1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      bigintArray([0, -1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]),
    ],
    ['bytea', ['\\x00ff', '\\x'], byteaArray([Buffer.of(0, 255), Buffer.of()])],
    ['text', [...texts, null], textArray([...texts, null])],
    ['timestamptz', [...instants, null], timestampArray([...instants, null])],
    ['timestamptz', instants, instantArray(instants.map((instant) => Date.parse(instant)))],
  ])('holds the same %s values as in text form', async (type, values, parameter) => {
    const found = await elementsOf(type, parameter);
    expect(found).toHaveLength(values.length);
    expect(found).toEqual(await elementsOf(type, values));
  });

  test.each([
    ['uuid', uuidArray([])],
    ['text', textArray([])],
    ['timestamptz', timestampArray([])],
  ])('may be empty: %s', async (type, parameter) => {
    expect(await elementsOf(type, parameter)).toEqual([]);
  });

  test('is not made of instants before the year 1, which Postgres would take for other years', () => {
    expect(() => instantArray([Date.parse('0000-12-31T23:59:59.999Z')])).toThrow(RangeError);
    expect(() => instantArray([Number.NaN])).toThrow(RangeError);
  });

  test('is not made of text that is no UUID or no instant', () => {
    const uuid = '6f1c2b1e-1b2c-8d3e-9f40-a1b2c3d4e5f6';
    for (const text of ['', uuid.slice(1), `${uuid}0`, uuid.replace('6', 'g'), uuid.replace('b', 'é')]) {
      expect(() => uuidArray([text])).toThrow(RangeError);
    }
    expect(() => timestampArray(['yesterday'])).toThrow(RangeError);
  });
});
