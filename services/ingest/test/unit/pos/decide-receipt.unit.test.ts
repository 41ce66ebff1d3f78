import { describe, expect, test } from 'vitest';
import { accepted, decide, rejected, sale } from './receipt-decisions.ts';

describe('a receipt as a touchpoint', () => {
  test('has its amounts as exact decimal texts, and its number as its id', () => {
    expect(accepted({ ...sale, operator: 'Kim', tax: 79 })).toMatchObject({
      id: 'Berlin 7:2:2026-03-01:1417',
      type: 'receipt',
      channel: 'store',
      handledBy: 'Kim',
      occurredAt: '2026-03-01T18:04:31.000Z',
      identifiers: [{ type: 'receipt_id', value: 'Berlin 7:2:2026-03-01:1417' }],
      properties: {
        kind: 'sale',
        store: 'Berlin 7',
        register: '2',
        businessDay: '2026-03-01',
        sequence: 1417,
        operator: 'Kim',
        currency: 'EUR',
        total: '4.98',
        tax: '0.79',
        discount: '0.19',
        units: 2.734,
        change: '0.02',
        lines: [
          { sku: 'a', quantity: 2, unitPrice: '1.49', total: '2.98' },
          { sku: 'b', quantity: 0.734, unitPrice: '2.99', discounts: [{ amount: '0.19' }], total: '2.00' },
        ],
        tenders: [{ type: 'cash', amount: '5.00' }],
      },
    });
  });

  test('names its customer by card, user, e-mail address and phone, and what is no address costs nothing', () => {
    const customer = { loyaltyId: 9021345, userId: 'u1', email: 'Ada@Example.org', phone: 'none' };
    const touchpoint = accepted({ ...sale, customer });
    expect(touchpoint.identifiers.map(({ type, value }) => `${type}:${value}`)).toEqual([
      'user_id:u1',
      'loyalty_id:9021345',
      'email:ada@example.org',
      'receipt_id:Berlin 7:2:2026-03-01:1417',
    ]);
    expect(touchpoint.warnings).toEqual(['identifier_blocked']);
  });

  test('goes by the id that its till made, and its number stays beside it', () => {
    const touchpoint = accepted({ ...sale, id: '5f0c-1417' });
    expect(touchpoint.id).toBe('5f0c-1417');
    expect(touchpoint.identifiers).toEqual([{ type: 'receipt_id', value: '5f0c-1417' }]);
    expect(touchpoint.properties).toMatchObject({ register: '2', sequence: 1417 });
  });

  test('is of the scope of its source, and so is the receipt that it amends', () => {
    const settings = { transactionScope: 'berlin' };
    const refund = {
      ...sale,
      kind: 'refund',
      sequence: 9,
      lines: [],
      total: -498,
      tenders: [{ type: 'card', amount: -498 }],
      change: 0,
      refundOf: { businessDay: '2026-02-20', sequence: 77, register: '1' },
    };
    expect(accepted(refund, { settings })).toMatchObject({
      identifiers: [{ type: 'receipt_id.berlin', value: 'Berlin 7:2:2026-03-01:9' }],
      amends: { type: 'receipt_id.berlin', value: 'Berlin 7:1:2026-02-20:77' },
      properties: { kind: 'refund', total: '-4.98', refundOf: 'Berlin 7:1:2026-02-20:77' },
    });
  });

  test('that voids another one needs no amounts, only the reference', () => {
    const { store, register, businessDay, time, currency } = sale;
    const voiding = { store, register, businessDay, time, currency, kind: 'void', sequence: 1418 };
    expect(accepted({ ...voiding, voidOf: { id: 'x-9' } })).toMatchObject({
      amends: { type: 'receipt_id', value: 'x-9' },
      properties: { kind: 'void', voidOf: 'x-9' },
    });
    expect(rejected(voiding)).toMatchObject({ code: 'missing_field', field: 'voidOf' });
  });

  test('has the same hash on every delivery, whatever its delivery says of clocks', () => {
    const first = decide({ ...sale, registerTime: '2026-03-02T07:00:01Z' });
    const again = decide({
      ...sale,
      registerTime: '2026-03-02T09:10:00Z',
      uploadedAt: '2026-03-02T06:00:00Z',
    });
    expect(first.canonicalBody).toBe(again.canonicalBody);
    expect(first.canonicalBody).not.toBe(decide({ ...sale, operator: 'Kim' }).canonicalBody);
  });

  test('keeps what else the till says', () => {
    expect(
      accepted({ ...sale, extra: { fiscal: { signature: 'x', empty: null } } }).properties,
    ).toMatchObject({
      extra: { fiscal: { signature: 'x', empty: null } },
    });
  });
});

describe('a receipt that cannot be used', () => {
  test.each([
    [{ store: undefined }, 'missing_field', 'store'],
    [{ register: null }, 'missing_field', 'register'],
    [{ sequence: '' }, 'missing_field', 'sequence'],
    [{ total: undefined }, 'missing_field', 'total'],
    [{ store: 'a:b' }, 'invalid_field', 'store'],
    [{ store: 'x'.repeat(41) }, 'invalid_field', 'store'],
    [{ businessDay: '2026-02-30' }, 'invalid_field', 'businessDay'],
    [{ currency: 'euro' }, 'invalid_field', 'currency'],
    [{ currency: 'ERU' }, 'invalid_field', 'currency'],
    [{ currency: 'XXX' }, 'invalid_field', 'currency'],
    [{ total: 4.98 }, 'invalid_field', 'total'],
    [{ sequence: -1 }, 'invalid_field', 'sequence'],
    [{ lines: [{ quantity: 1.0000001, unitPrice: 1 }] }, 'invalid_field', 'lines[0].quantity'],
    [{ lines: [{ quantity: 1 }] }, 'missing_field', 'lines[0].total'],
    [{ lines: [{ unitPrice: 498, dicsount: 5 }] }, 'invalid_field', 'lines[0].dicsount'],
    [{ time: '2026-03-01' }, 'invalid_time', 'time'],
    [{ time: '31.12.2026 10:00' }, 'invalid_time', 'time'],
    [{ registerTime: 'yesterday' }, 'invalid_time', 'registerTime'],
    [{ timeZone: '+02:00' }, 'invalid_field', 'timeZone'],
    [{ refundOf: { sequence: 5 } }, 'missing_field', 'refundOf'],
    [{ extra: JSON.parse('{"__proto__": {"a": 1}}') as object }, 'forbidden_key', ''],
  ])('is rejected by its field: %j', (changes, code, field) => {
    expect(rejected({ ...sale, ...changes })).toMatchObject({ code, field });
  });

  test.each([[null], [7], ['receipt'], [[]]])('is rejected when it is no object: %j', (value) => {
    expect(rejected(value)).toMatchObject({ code: 'item_not_object' });
  });

  test('differs from one of training mode, in which nothing has to agree', () => {
    const training = { ...sale, training: true, total: 1 };
    expect(rejected(training)).toMatchObject({ code: 'training_receipt' });
    expect(decide(training)).toMatchObject({ ok: false, id: 'Berlin 7:2:2026-03-01:1417' });
  });
});

describe('the time of a receipt', () => {
  const settings = {
    pos: {
      timeZone: 'Europe/Paris',
      stores: {
        'Berlin 7': { timeZone: 'Europe/Berlin', registers: { '3': { timeZone: 'America/New_York' } } },
        Lisbon: { timeZone: 'Europe/Lisbon' },
      },
    },
  };
  const local = { ...sale, time: '2026-03-01T18:00:00' };

  test.each([
    [{ timeZone: 'Asia/Tokyo' }, '09:00'],
    [{ register: '3' }, '23:00'],
    [{}, '17:00'],
    [{ store: 'Lisbon' }, '18:00'],
    [{ store: 'constructor' }, '17:00'],
  ])('is of the zone of %j', (changes, expected) => {
    expect(accepted({ ...local, ...changes }, { settings }).occurredAt).toBe(
      `2026-03-01T${expected}:00.000Z`,
    );
  });

  test('is of the zone of the deployment where nothing else says', () => {
    expect(accepted(local, { timeZone: 'Asia/Kolkata' }).occurredAt).toBe('2026-03-01T12:30:00.000Z');
  });

  test('is corrected by a register clock that is hours off, however long the upload took', () => {
    // Received at 07:00 the next day; the clock then showed 10:00.
    expect(accepted({ ...sale, registerTime: '2026-03-02T10:00:00Z' })).toMatchObject({
      occurredAt: '2026-03-01T15:04:31.000Z',
      warnings: ['time_corrected'],
    });
    // The same, but the upload waited for five hours in a store server that knew the time.
    const waited = { registerTime: '2026-03-02T05:00:00Z', uploadedAt: '2026-03-02T02:00:00Z' };
    expect(accepted({ ...sale, ...waited })).toMatchObject({
      occurredAt: '2026-03-01T15:04:31.000Z',
      warnings: ['time_corrected'],
    });
  });

  test('is left alone by an upload that waited with a right clock', () => {
    const waited = { registerTime: '2026-03-02T02:00:10Z', uploadedAt: '2026-03-02T02:00:00Z' };
    const touchpoint = accepted({ ...sale, ...waited });
    expect(touchpoint.occurredAt).toBe('2026-03-01T18:04:31.000Z');
    expect(touchpoint.warnings).toBeUndefined();
  });
});
