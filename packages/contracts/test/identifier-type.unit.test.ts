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
  'order_id',
  'order_id.hamburg',
  'receipt_id',
  'receipt_id.store_7',
  'device_id',
  'anonymous_id',
];

describe('identifier types', () => {
  test('the order is fixed, and namespaces and scopes are ordered by name', () => {
    const mixedUp = strongestFirst.toReversed();
    expect(mixedUp.toSorted(compareIdentifierTypes)).toEqual(strongestFirst);
  });

  test('every type is a person type, a carrier or a transaction, and only one of them', () => {
    const kinds = strongestFirst.map((type) =>
      [isPersonType(type), isCarrierType(type), isTransactionType(type)].map(Number).join(''),
    );
    expect(kinds).toEqual([
      ...Array.from({ length: 6 }, () => '100'),
      ...Array.from({ length: 4 }, () => '001'),
      ...Array.from({ length: 2 }, () => '010'),
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
      'order_id',
      'order_id',
      'receipt_id',
      'receipt_id',
      'device_id',
      'anonymous_id',
    ]);
  });

  test.each([
    'external',
    'external.',
    'external.UPPER',
    'order_id.',
    'user_id.x',
    'device_id.a',
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
