import { describe, expect, test } from 'vitest';
import { compileMapping } from '../../src/core/compile-mapping.ts';
import { parseMapping } from '../../src/core/mapping-schema.ts';
import type { Row } from '../../src/core/position.ts';
import { loadMapping, shippedMappings } from '../../src/replay/load-mapping.ts';

const row = (fields: Record<string, unknown>, number = 7): Row => ({
  fields,
  end: { bytes: 0, lines: number + 1, rows: number },
});

function mapWith(touchpoint: Record<string, unknown>, rows: Row[], group?: object) {
  const parsed = parseMapping({
    format: { type: 'csv' },
    ...(group === undefined ? {} : { group }),
    touchpoint: { type: 'track', id: 'r{@row}', ...touchpoint },
  });
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return compileMapping(parsed.mapping).map(rows);
}

describe('a mapping', () => {
  test('is the touchpoint with holes', () => {
    const mapped = mapWith(
      {
        userId: 'shop-{customer}',
        properties: {
          revenue: { $column: 'amount', as: 'number' },
          cents: { $column: 'amount', as: 'minorUnits' },
          paid: { $column: 'paid', as: 'boolean' },
          currency: 'EUR',
          braces: '{{x}}',
          fixed: { $constant: { a: [1, null] } },
          note: { $column: 'note', optional: true },
        },
        identifiers: [
          { type: 'email', value: '{mail}' },
          { type: 'order_id', value: '{order}-{@row}' },
        ],
      },
      [row({ customer: ' 12 ', amount: '20.76', paid: 'yes', note: '', mail: 'a@b.c', order: 'o' })],
    );
    expect(mapped).toEqual({
      ok: true,
      id: 'r7',
      touchpoint: {
        type: 'track',
        id: 'r7',
        userId: 'shop-12',
        properties: {
          revenue: 20.76,
          cents: 2076,
          paid: true,
          currency: 'EUR',
          braces: '{x}',
          fixed: { a: [1, null] },
        },
        identifiers: [
          { type: 'email', value: 'a@b.c' },
          { type: 'order_id', value: 'o-7' },
        ],
      },
    });
  });

  test('reads the numbers of a JSON row by their point, whatever marks it names for texts', () => {
    const amount = { $column: 'a', as: 'number', decimalMark: ',', groupMark: '.' };
    const read = (a: unknown) => mapWith({ properties: { amount } }, [row({ a })]);
    expect(read(8.125)).toMatchObject({ touchpoint: { properties: { amount: 8.125 } } });
    expect(read('8.125')).toMatchObject({ touchpoint: { properties: { amount: 8125 } } });
    expect(read('8.12')).toMatchObject({ ok: false, code: 'not_a_number', field: 'properties.amount' });
  });

  test('reads inside the objects of a JSONL row', () => {
    const fields = { user: { id: 42 }, tags: ['a'], 'dotted.name': 'x' };
    const touchpoint = {
      userId: '{user.id}',
      properties: { tags: { $column: 'tags', as: 'json' }, d: '{dotted.name}' },
    };
    expect(mapWith(touchpoint, [row(fields)])).toMatchObject({
      touchpoint: { userId: '42', properties: { tags: ['a'], d: 'x' } },
    });
    expect(mapWith({ userId: '{constructor.name}' }, [row({})])).toMatchObject({
      ok: false,
      code: 'column_missing',
    });
  });

  test('makes one touchpoint of a group of rows', () => {
    const mapped = mapWith(
      {
        properties: {
          total: { $sum: 'x' },
          n: { $count: 'rows' },
          lines: { $each: { p: '{p}', r: '{@row}' } },
        },
      },
      [row({ x: '0.1', p: 'a' }, 1), row({ x: '0.2', p: 'b' }, 2)],
      { by: ['basket'] },
    );
    expect(mapped).toMatchObject({
      id: 'r1',
      touchpoint: {
        properties: {
          total: 0.3,
          n: 2,
          lines: [
            { p: 'a', r: '1' },
            { p: 'b', r: '2' },
          ],
        },
      },
    });
  });

  test.each([
    [{ userId: '{customer}' }, { customer: ' ' }, 'column_empty', 'userId'],
    [{ userId: '{customer}' }, {}, 'column_missing', 'userId'],
    [
      { properties: { revenue: { $column: 'a', as: 'number' } } },
      { a: '12,50' },
      'not_a_number',
      'properties.revenue',
    ],
    [{ properties: { n: { $column: 'a', as: 'integer' } } }, { a: '1.5' }, 'not_a_number', 'properties.n'],
    // Read from JSON, where it has lost its last digits: it would be another customer.
    [{ userId: '{a}' }, JSON.parse('{"a":9007199254740993}'), 'number_not_exact', 'userId'],
    [{ timestamp: { $time: '{a}' } }, { a: 'soon' }, 'not_a_time', 'timestamp'],
    [{ properties: { b: { $column: 'a', as: 'boolean' } } }, { a: 'maybe' }, 'not_a_boolean', 'properties.b'],
  ])('refuses a row with the field and the reason: %j of %j', (touchpoint, fields, code, field) => {
    expect(mapWith(touchpoint, [row(fields)])).toMatchObject({ ok: false, code, field });
  });

  test('refuses a row that could not be read', () => {
    const fault = { code: 'not_utf8', message: 'bytes' } as const;
    expect(mapWith({}, [{ ...row({}), fault }])).toMatchObject(fault);
  });

  const csv = { type: 'csv' };
  test.each([
    [{ format: { type: 'xml' }, touchpoint: {} }, 'format.type'],
    [{ format: { type: 'csv', delimiter: ';;' }, touchpoint: {} }, 'format.delimiter'],
    [{ format: csv, touchpoint: { type: 'track' } }, 'touchpoint.id: is required'],
    [{ format: csv, touchpoint: { type: 'track', id: 'same' } }, 'touchpoint.id: must name a column'],
    [{ format: csv, touchpoint: { id: '{a}' } }, 'touchpoint.type'],
    [{ format: csv, touchpoint: { id: '{a}', properties: { x: '{a' } } }, 'touchpoint.properties.x: the {'],
    [{ format: csv, touchpoint: { id: '{@line}' } }, 'touchpoint.id: there is no @line'],
    [{ format: csv, touchpoint: { id: '{a}', p: [{ $sum: 'x' }] } }, 'touchpoint.p.0: $sum is for grouped'],
    [{ format: csv, touchpoint: { id: '{a}', p: { $colum: 'x' } } }, 'touchpoint.p.$colum: is not known'],
    [{ format: csv, touchpoint: { id: '{a}', p: { $column: 'x', as: 'float' } } }, 'touchpoint.p.as'],
    [
      { format: csv, touchpoint: { id: '{a}', t: { $time: '{x}', format: 'yyyyMMdd' } } },
      'touchpoint.t: zone',
    ],
    [
      { format: csv, touchpoint: { id: '{a}', t: { $column: 'x', decimalMark: ',', groupMark: ',' } } },
      'touchpoint.t.groupMark: is also the decimal mark',
    ],
    [{ format: csv, touchpoint: {}, extra: 1 }, 'extra'],
  ])('that cannot be used says which field is at fault: %j', (mapping, problem) => {
    const parsed = parseMapping(mapping);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.problems.join('\n')).toContain(problem);
  });

  test('is shipped for CDNOW, for the Complete Journey, and for what is a touchpoint already', () => {
    expect(shippedMappings()).toEqual(['cdnow', 'complete-journey', 'touchpoints']);
    for (const name of shippedMappings()) expect(loadMapping(name).hash).toMatch(/^[0-9a-f]{64}$/);
    const { map } = compileMapping(loadMapping('touchpoints').mapping);
    expect(map([row({ type: 'track', id: 'a', event: 'E' })])).toMatchObject({ ok: true, id: 'a' });
    expect(map([row({ type: 'track', event: 'E' })])).toMatchObject({ ok: false, code: 'missing_id' });
  });
});
