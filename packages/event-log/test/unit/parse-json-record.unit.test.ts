import { describe, expect, test } from 'vitest';
import { parseJsonRecord } from '../../src/consumer-loop/parse-json-record.ts';

type Issues = { path: PropertyKey[]; message: string }[];
/** A schema that finds the given faults, however good the record is. */
const parse = (value: unknown, issues: Issues = []) =>
  parseJsonRecord(
    { offset: 0, key: 'k', value: typeof value === 'string' ? value : JSON.stringify(value) },
    {
      schema: {
        safeParse: (data) =>
          issues.length === 0 ? { success: true, data } : { success: false, error: { issues } },
      },
      kindPaths: ['kind', 'item.parts.*.type'],
      touchpointPath: 'item',
    },
  );

const value = { kind: 'odd', item: { source: 's', id: 'i', parts: [{ type: 'a' }, { type: 'b' }] } };
const touchpoint = { source: 's', id: 'i' };

describe('a record of JSON', () => {
  test('is readable with the touchpoint and the outbox position that it names', () => {
    expect(parse({ ...value, shard: 'x', sequence: 3 })).toEqual({
      kind: 'readable',
      value: { ...value, shard: 'x', sequence: 3 },
      touchpoint,
      position: { shard: 'x', sequence: 3 },
    });
  });

  test('is unknown when it names a kind that the schema does not know, and is right otherwise', () => {
    expect(parse(value, [{ path: ['kind'], message: 'unknown' }])).toMatchObject({
      kind: 'unknown',
      touchpoint,
    });
    expect(parse(value, [{ path: ['item', 'parts', 1, 'type'], message: 'unknown' }])).toMatchObject({
      kind: 'unknown',
      problem: 'item.parts.1.type: unknown',
    });
  });

  test('is unreadable when it has another fault, or no text where the kind should be', () => {
    const unknown = { path: ['kind'], message: 'unknown' };
    expect(parse(value, [unknown, { path: ['at'], message: 'no time' }])).toMatchObject({
      kind: 'unreadable',
      touchpoint,
    });
    expect(parse({ ...value, kind: 7 }, [unknown])).toMatchObject({ kind: 'unreadable' });
    expect(parse({ item: value.item }, [unknown])).toMatchObject({ kind: 'unreadable' });
  });

  test('is unreadable without a touchpoint when it is no JSON, or names none', () => {
    expect(parse('{"half":')).toEqual({ kind: 'unreadable', problem: 'not JSON' });
    expect(parse('null', [{ path: [], message: 'no object' }])).toEqual({
      kind: 'unreadable',
      problem: ': no object',
      touchpoint: undefined,
      position: undefined,
    });
    expect(
      parse({ item: { source: 's', id: 3 } }, [{ path: ['item', 'id'], message: 'no text' }]),
    ).toMatchObject({
      touchpoint: undefined,
    });
  });
});
