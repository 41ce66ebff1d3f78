import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noNumbers, transactionNumbersOf } from '../../src/core/transaction-numbers.ts';

describe('the numbers of a transaction', () => {
  test('are minor units of its currency, whether they were sent as numbers or as texts', () => {
    const properties = {
      currency: 'eur',
      total: '12.50',
      tax: 2.005,
      discount: '1',
      cost: '-3.1',
      store: ' S1 ',
      register: 7,
    };
    expect(transactionNumbersOf(properties)).toEqual({
      currency: 'EUR',
      amount: 1_250,
      tax: 201,
      discount: 100,
      cost: -310,
      units: null,
      store: 'S1',
      register: '7',
    });
    expect(transactionNumbersOf({ currency: 'JPY', revenue: '12', tax: '0.5' })).toMatchObject({
      amount: 12,
      tax: 1,
    });
  });

  test('hold no amounts without a currency, and nothing where nothing is said', () => {
    expect(transactionNumbersOf({ total: '12.50', tax: 1, store: 'S1' })).toEqual({
      ...noNumbers,
      store: 'S1',
    });
    expect(transactionNumbersOf({ currency: 'EUR', tax: 1 })).toBe(noNumbers);
    expect(transactionNumbersOf({ store: ' ', register: 'r'.repeat(101) })).toBe(noNumbers);
    expect(transactionNumbersOf(null)).toBe(noNumbers);
  });

  test('have the units that are sent, else the sum of the quantities of products', () => {
    const products = [{ quantity: 2 }, { quantity: '0.125' }, { quantity: 'many' }, null, 3, { sku: 'a' }];
    expect(transactionNumbersOf({ products }).units).toBe(2_125);
    expect(transactionNumbersOf({ products, units: 4 }).units).toBe(4_000);
    expect(transactionNumbersOf({ products: [{ sku: 'a' }] }).units).toBe(null);
    expect(transactionNumbersOf({ products: 'two' }).units).toBe(null);
  });

  test('are null or safe integers whatever is sent', () => {
    const names = ['revenue', 'total', 'value', 'tax', 'discount', 'cost', 'units', 'store', 'register'];
    const sent = fc.dictionary(
      fc.constantFrom(...names, 'products', 'currency'),
      fc.oneof(fc.anything(), fc.double(), fc.constantFrom('EUR', '1.5', '9007199254740993')),
    );
    fc.assert(
      fc.property(sent, (properties) => {
        const { currency, store, register, ...numbers } = transactionNumbersOf(properties);
        for (const number of Object.values(numbers))
          expect(number === null || Number.isSafeInteger(number)).toBe(true);
        for (const text of [currency, store, register]) expect(text === null || text.length > 0).toBe(true);
      }),
    );
  });
});
