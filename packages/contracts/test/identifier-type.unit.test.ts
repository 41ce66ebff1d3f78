import { describe, expect, test } from 'vitest';
import {
  compareIdentifierTypes,
  type IdentifierType,
  isCarrierType,
  isIdentifierType,
  isPersonType,
  isScopedType,
  isTransactionType,
  typeFamily,
} from '../src/index.ts';

const strongestFirst: IdentifierType[] = [
  'user_id',
  'loyalty_id',
  'email',
  'phone',
  'external.erp',
  'external.newsletter',
  'device_id',
  'anonymous_id',
  'order_id',
  'order_id.hamburg',
  'receipt_id',
  'receipt_id.store_7',
];

describe('identifier types', () => {
  test('a person type is stronger than a carrier, and a carrier is stronger than a transaction', () => {
    const mixedUp = strongestFirst.toReversed();
    expect(mixedUp.toSorted(compareIdentifierTypes)).toEqual(strongestFirst);
  });

  test('every type is a person type, a carrier or a transaction, and only one of them', () => {
    const kinds = strongestFirst.map((type) =>
      [isPersonType(type), isCarrierType(type), isTransactionType(type)].map(Number).join(''),
    );
    expect(kinds).toEqual([
      ...Array.from({ length: 6 }, () => '100'),
      ...Array.from({ length: 2 }, () => '010'),
      ...Array.from({ length: 4 }, () => '001'),
    ]);
  });

  test('the family of a type is its part before the first dot', () => {
    expect(strongestFirst.map(typeFamily)).toEqual([
      'user_id',
      'loyalty_id',
      'email',
      'phone',
      'external',
      'external',
      'device_id',
      'anonymous_id',
      'order_id',
      'order_id',
      'receipt_id',
      'receipt_id',
    ]);
  });

  test.each([
    'external',
    'external.',
    'external.UPPER',
    'order_id.',
    'user_id.x',
    'anonymous_id.a',
    'order_id.a.b',
    'cookie',
  ])('%s is no identifier type', (text) => {
    expect(isIdentifierType(text)).toBe(false);
  });

  test('a scope of 40 characters is the longest', () => {
    expect(isIdentifierType(`receipt_id.${'s'.repeat(40)}`)).toBe(true);
    expect(isIdentifierType(`receipt_id.${'s'.repeat(41)}`)).toBe(false);
  });

  test('a namespace is no scope', () => {
    expect(strongestFirst.filter(isScopedType)).toEqual(['order_id.hamburg', 'receipt_id.store_7']);
  });
});
