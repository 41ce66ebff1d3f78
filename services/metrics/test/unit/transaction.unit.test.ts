import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideCounted,
  decideRefunded,
  firstRecords,
  isRefunded,
  maxTransactionSales,
  type TransactionRecord,
} from '../../src/core/transaction.ts';
import { noNumbers } from '../../src/core/transaction-numbers.ts';
import { transactionRoleOf } from '../../src/core/transaction-role.ts';

const activity = 1;

function record(key: string, fields: Partial<TransactionRecord> = {}): TransactionRecord {
  return {
    key,
    transaction: 'order',
    amends: null,
    identifier: 'anna',
    day: 100,
    role: 'sale',
    trust: 'server',
    rankedAt: 1_000,
    source: 'shop',
    id: key,
    numbers: noNumbers,
    channel: null,
    activities: [activity],
    ...fields,
  };
}

function countedKeys(
  records: readonly TransactionRecord[],
  ambiguous: 'public' | 'server' | null = null,
): string[] {
  return decideCounted(activity, records, ambiguous, (identifier) => identifier)
    .map(({ key }) => key)
    .sort();
}

describe('of a transaction', () => {
  test('those sales are read that go first, and all that takes a sale back', () => {
    const sales = Array.from({ length: maxTransactionSales + 3 }, (_value, index) =>
      record(`sale-${index}`, { rankedAt: 5_000 - index }),
    );
    const undo = record('undo', { role: 'void', rankedAt: 9_000, activities: [] });
    const keys = firstRecords([...sales, undo]).map(({ key }) => key);
    expect(keys).toHaveLength(maxTransactionSales + 1);
    expect(keys).toContain('undo');
    expect(keys).not.toContain('sale-2');
    expect(keys).toContain('sale-3');
  });

  test('refunds are those that the source of the best one reports, and none of what was voided', () => {
    const refund = (key: string, fields: Partial<TransactionRecord>) =>
      record(key, { role: 'refund', ...fields });
    const first = refund('first', { source: 'till', rankedAt: 5 });
    const second = refund('second', { source: 'till', rankedAt: 9 });
    const copy = refund('copy', { source: 'books', rankedAt: 7 });
    const early = refund('early', { source: 'web', trust: 'public', rankedAt: 1 });
    const refunded = (records: readonly TransactionRecord[]) =>
      decideRefunded(activity, records).map(({ key }) => key);
    expect(refunded([copy, second, early, first])).toEqual(['first', 'second']);
    expect(refunded([copy, early])).toEqual(['copy']);
    expect(refunded([first, refund('other', { rankedAt: 1, activities: [] })])).toEqual(['first']);
    expect(refunded([first, record('void', { role: 'void', activities: [] })])).toEqual([]);
    expect(refunded([first, record('void', { role: 'void', trust: 'public' })])).toEqual(['first']);
  });

  test('the earliest sale of the highest trust counts, and the next one when it is not there', () => {
    const web = record('web', { trust: 'public', rankedAt: 1 });
    const till = record('till', { rankedAt: 9 });
    const books = record('books', { rankedAt: 5 });
    expect(countedKeys([web, till, books])).toEqual(['books']);
    expect(countedKeys([web, till])).toEqual(['till']);
    expect(countedKeys([web])).toEqual(['web']);
  });

  test('nothing counts once it was voided or cancelled by at least the trust of its sale', () => {
    const web = record('web', { trust: 'public' });
    const till = record('till');
    for (const role of ['void', 'cancellation'] as const) {
      const byServer = record('undo', { role, activities: [] });
      const byStranger = record('undo', { role, trust: 'public', activities: [] });
      expect(countedKeys([till, byServer])).toEqual([]);
      expect(countedKeys([web, byServer])).toEqual([]);
      expect(countedKeys([web, byStranger])).toEqual([]);
      expect(countedKeys([till, byStranger])).toEqual(['till']);
    }
  });

  test('the sale still counts when it was refunded', () => {
    expect(countedKeys([record('sold'), record('given-back', { role: 'refund' })])).toEqual(['sold']);
    expect(countedKeys([record('given-back', { role: 'refund' })])).toEqual([]);
  });

  test('the first sale of each customer counts when the number was used twice', () => {
    const records = [
      record('anna-1', { rankedAt: 3 }),
      record('anna-2', { rankedAt: 2 }),
      record('bert-1', { identifier: 'bert', rankedAt: 7 }),
      record('carla-web', { identifier: 'carla', trust: 'public', rankedAt: 1 }),
    ];
    expect(countedKeys(records, 'server')).toEqual(['anna-2', 'bert-1']);
  });

  test('a stranger cannot make a sale of the server count twice', () => {
    const records = [record('till'), record('other', { identifier: 'bert', rankedAt: 2_000 })];
    expect(countedKeys(records, 'public')).toEqual(['till']);
    const strangers = records.map((one) => ({ ...one, trust: 'public' as const }));
    expect(countedKeys(strangers, 'public')).toEqual(['other', 'till']);
  });

  test('the same counts in any order of its records', () => {
    const records = fc.uniqueArray(
      fc.record({
        key: fc.integer({ min: 0, max: 9 }).map(String),
        identifier: fc.constantFrom('anna', 'bert'),
        role: fc.constantFrom('sale' as const, 'sale' as const, 'refund' as const, 'void' as const),
        trust: fc.constantFrom('server' as const, 'public' as const),
        rankedAt: fc.integer({ min: 0, max: 2 }),
        source: fc.constantFrom('a', 'b'),
      }),
      { selector: ({ key }) => key },
    );
    fc.assert(
      fc.property(
        records.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        fc.constantFrom(null, 'public' as const, 'server' as const),
        ([list, shuffled], ambiguous) => {
          const of = (one: (typeof list)[number]) => record(one.key, one);
          expect(countedKeys(shuffled.map(of), ambiguous)).toEqual(countedKeys(list.map(of), ambiguous));
        },
      ),
    );
  });
});

describe('a touchpoint in a transaction', () => {
  test.each([
    ['sale', { type: 'track', name: 'Order Completed', properties: { revenue: 20 } }],
    ['sale', { type: 'receipt', name: null, properties: null }],
    ['sale', { type: 'receipt', name: null, properties: { revenue: 0 } }],
    ['sale', { type: 'receipt', name: null, properties: { refundOf: null, voidOf: '  ', total: '7.10' } }],
    ['refund', { type: 'receipt', name: null, properties: { total: '-0.05' } }],
    ['refund', { type: 'receipt', name: null, properties: { revenue: ' ', value: -3 } }],
    ['refund', { type: 'receipt', name: null, properties: { revenue: 5, refundOf: 'r-77' } }],
    ['refund', { type: 'receipt', name: null, properties: { kind: 'return' } }],
    ['refund', { type: 'track', name: 'Order Completed', properties: { revenue: -8, currency: 'EUR' } }],
    ['refund', { type: 'track', name: 'Order Refunded', properties: null }],
    ['void', { type: 'receipt', name: null, properties: { voidOf: 4711 } }],
    ['void', { type: 'receipt', name: null, properties: { kind: 'void', revenue: 5 } }],
    ['cancellation', { type: 'track', name: 'Order Cancelled', properties: { revenue: 5 } }],
  ])('is a %s: %j', (role, touchpoint) => {
    expect(transactionRoleOf(touchpoint)).toBe(role);
  });
});

describe('a sale', () => {
  const amountOf = (amount: number | null, currency: string | null = 'EUR') => ({
    numbers: { ...noNumbers, amount, currency },
  });
  const sale = record('sale', amountOf(1_000));
  const refund = (amount: number | null, fields: Partial<TransactionRecord> = {}) =>
    record('refund', { role: 'refund', ...amountOf(amount), ...fields });

  test.each([
    ['without a refund', false, []],
    ['of which a part was given back', false, [refund(-400)]],
    ['that was given back in parts', true, [refund(-400), refund(600)]],
    ['with a refund that names no amount', true, [refund(null, amountOf(null, null))]],
    ['that was given back in another currency', false, [refund(5_000, amountOf(5_000, 'USD'))]],
    ['whose refund is less trusted', false, [refund(1_000, { trust: 'public' })]],
  ] as const)('%s: refunded in full is %s', (_name, expected, refunds) => {
    expect(isRefunded(sale, refunds)).toBe(expected);
  });

  test('without an amount is refunded only by a refund without one', () => {
    const unpriced = record('sale', amountOf(null, null));
    expect(isRefunded(unpriced, [refund(500)])).toBe(false);
    expect(isRefunded(unpriced, [refund(null, amountOf(null, null))])).toBe(true);
  });
});
