import { describe, expect, test } from 'vitest';
import {
  blockedDefinition,
  blockedIdentifiersSchema,
  createIsBlocked,
  hasContactForm,
  isBlockedIdentifier,
  normalizeIdentifier,
  type IdentifierType,
} from '../src/index.ts';

const isBlocked = (type: IdentifierType, raw: string): boolean => {
  const normalized = normalizeIdentifier(type, raw);
  if (!normalized.ok) throw new Error(`${raw} is no identifier: ${normalized.code}`);
  return isBlockedIdentifier(type, normalized.value);
};

const everyType: readonly IdentifierType[] = [
  ...(['user_id', 'loyalty_id', 'email', 'phone', 'external.crm'] as const),
  ...(['order_id', 'receipt_id', 'device_id', 'anonymous_id'] as const),
];

describe('isBlockedIdentifier', () => {
  test.each([
    'null',
    'NULL',
    '\\N',
    '(null)',
    '<null>',
    'nil',
    'undefined',
    'None',
    'NaN',
    '(not set)',
    '(None)',
    '#N/A',
    '#REF!',
    '#VALUE!',
    'n.a.',
    '{}',
    '[]',
    '[object Object]',
    '0',
    '-1',
    '00-00',
    'guest',
    '"null"',
    "'Undefined'",
    '""',
    '"\\N"',
    '?',
    '**',
    '\u2014',
    'unknown',
    'True',
    '{{user.id}}',
    '${userId}',
    '%%EMAIL%%',
    '00000000-0000-0000-0000-000000000000',
    '{00000000-0000-0000-0000-000000000000}',
  ])('blocks %s in every type', (value) => {
    for (const type of everyType) expect(isBlockedIdentifier(type, value)).toBe(true);
  });

  test.each([
    'Ada@',
    'ada',
    '@shop.example',
    'ada@localhost',
    'ada@@shop.example',
    'ada@shop..example',
    'ada shop.example',
    'ada@shop example',
    'ada@10.0.0.1',
    'a,b@shop.example',
    '.ada@shop.example',
    'n/a',
    'none@none.com',
    'Test@test.de',
    'a@a.com',
    'noreply@shop.example',
    'no-email@x.example',
    `${'a'.repeat(65)}@shop.example`,
    'test@gmail.com',
    'ada@shop.e',
  ])('blocks the e-mail address %s', (value) => {
    expect(isBlocked('email', value)).toBe(true);
  });

  test.each([
    'ada@shop.example',
    'ada+news@mail.shop.example',
    "o'neil@shop.example",
    'user@müller.example',
    'test@musterfrau.example',
    'na@company.example',
    'nobody@shop.example',
    'a.b-c_d@x1.example',
  ])('lets the e-mail address %s pass', (value) => {
    expect(isBlocked('email', value)).toBe(false);
  });

  test.each([
    '4,91512E+11',
    '4.9E+11',
    '5,5E+10',
    'ring twice',
    'n/a',
    'private',
    '+49 30 12345x',
    '12',
    '0800',
    '1234567890',
    '12345',
    '0123456789',
    '9999999999',
    '+11 111 111',
    '0000000',
    '1'.repeat(19),
    '1512345678901234567',
    '030/ask for Ada',
  ])('blocks the phone number %s', (value) => {
    expect(isBlocked('phone', value)).toBe(true);
  });

  test.each(['+49 30 901820', '030-901820', '00493090182', '12346', '011 49 151 23456789 0'])(
    'lets the phone number %s pass',
    (value) => {
      expect(isBlocked('phone', value)).toBe(false);
    },
  );

  test('lets ordinary values of other types pass', () => {
    for (const value of ['u1', 'call me', '4,91512E+11', 'ada@', '12', 'constructor', '-7', 'no', '$5'])
      expect(isBlockedIdentifier('user_id', value)).toBe(false);
    expect(isBlockedIdentifier('user_id', 'test@test.com')).toBe(false);
  });
});

describe('hasContactForm', () => {
  test('asks for a form only of contacts, and not whether the address exists', () => {
    expect(hasContactForm('email', 'none@none.com')).toBe(true);
    expect(hasContactForm('email', 'none')).toBe(false);
    expect(hasContactForm('phone', '11111')).toBe(true);
    expect(hasContactForm('phone', '1111')).toBe(false);
    expect(hasContactForm('loyalty_id', 'none')).toBe(true);
  });
});

describe('a deployment can change the lists', () => {
  const setting = blockedIdentifiersSchema.parse({
    block: { email: ['Info@Shop.example'], any: ['KASSE'], external: ['0815'] },
    allow: { phone: ['112'], user_id: ['guest'] },
  });
  const isBlockedHere = createIsBlocked(setting);

  test('to block values by type, for all external namespaces, and for every type', () => {
    expect(isBlockedHere('email', 'info@shop.example')).toBe(true);
    expect(isBlockedHere('user_id', 'info@shop.example')).toBe(false);
    expect(isBlockedHere('external.crm', '0815')).toBe(true);
    expect(isBlockedHere('loyalty_id', '0815')).toBe(false);
    for (const type of everyType) expect(isBlockedHere(type, 'Kasse')).toBe(true);
  });

  test('to allow values that the shipped lists block', () => {
    expect(isBlockedHere('phone', '112')).toBe(false);
    expect(isBlockedHere('user_id', 'Guest')).toBe(false);
    expect(isBlockedHere('anonymous_id', 'guest')).toBe(true);
  });

  test('and not by a type that does not exist', () => {
    expect(blockedIdentifiersSchema.safeParse({ block: { shoe_size: ['42'] } }).success).toBe(false);
    expect(blockedIdentifiersSchema.safeParse({ deny: {} }).success).toBe(false);
  });

  test('and the definition is the same for settings that say the same, and another for others', () => {
    const same = { allow: setting.allow ?? {}, block: { any: ['kasse'], external: ['0815'], phone: [] } };
    expect(blockedDefinition({ ...same, block: { ...same.block, email: ['info@shop.example'] } })).toBe(
      blockedDefinition(setting),
    );
    expect(blockedDefinition(same)).not.toBe(blockedDefinition(setting));
    expect(blockedDefinition({})).toBe(blockedDefinition({ block: {}, allow: { any: [] } }));
  });

  test('normalizes what the deployment lists as the caller normalizes values', () => {
    const withRegion = createIsBlocked({ block: { phone: ['030 901820'] } }, (_type, value) =>
      value.replace(/^0/, '+49'),
    );
    expect(withRegion('phone', '+4930901820')).toBe(true);
    expect(withRegion('phone', '030901820')).toBe(false);
  });
});
