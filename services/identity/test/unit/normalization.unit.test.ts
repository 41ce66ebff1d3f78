import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createIsBlocked } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { newIdentifier } from '../../src/core/identifier-state.ts';
import { recordMention } from '../../src/core/mentions.ts';
import { createNormalize, normalizationDefinition, shownIdentifier } from '../../src/core/normalization.ts';
import { normalizePhone, phonePlans } from '../../src/core/normalize-phone.ts';

describe('a telephone number', () => {
  test.each([
    ['030901820', 'DE', '+4930901820'],
    ['+4930901820', null, '+4930901820'],
    // What is written in brackets after the country code is dialled within the country only.
    ['+49030901820', null, '+4930901820'],
    ['07911123456', 'GB', '+447911123456'],
    ['2025550123', 'US', '+12025550123'],
    ['3123456789', 'IT', '+393123456789'],
    ['0612345678', 'IT', '+390612345678'],
  ])('%s of the region %s is %s', (value, region, normalized) => {
    expect(normalizePhone(value, region)).toBe(normalized);
    expect(normalizePhone(normalized, region)).toBe(normalized);
  });

  test.each([
    ['030901820', null],
    ['112', 'DE'],
    ['12345', 'DE'],
    ['5551234567', 'US'],
    ['+99912345678', 'DE'],
    ['callme', 'DE'],
    ['030901820', 'AQ'],
  ])('%s of the region %s is in no numbering plan and stays as it is', (value, region) => {
    expect(normalizePhone(value, region)).toBe(value);
  });

  test('is read by the plans whose version is written down with the data', () => {
    const library = fileURLToPath(import.meta.resolve('libphonenumber-js/package.json'));
    const { version } = JSON.parse(readFileSync(library, 'utf8')) as { version: string };
    expect(phonePlans).toBe(`libphonenumber-js ${version}`);
    expect(normalizationDefinition).toContain(phonePlans);
  });
});

describe('an identifier of a record', () => {
  const normalize = createNormalize({ phoneRegion: 'US' });

  test('is read in the region of its source before that of the deployment', () => {
    const phone = { type: 'phone' as const, value: '030901820', original: '030 / 90 18 20' };
    expect(shownIdentifier({ ...phone, region: 'DE' }, normalize)).toEqual({
      type: 'phone',
      value: '+4930901820',
      original: '030 / 90 18 20',
    });
    expect(shownIdentifier(phone, normalize).value).toBe('030901820');
  });

  test('shows what was sent where that differs from its value', () => {
    const sent = { type: 'phone' as const, value: '2025550123' };
    expect(shownIdentifier(sent, normalize)).toEqual({
      type: 'phone',
      value: '+12025550123',
      original: '2025550123',
    });
    expect(shownIdentifier({ type: 'user_id', value: '42' }, normalize)).toEqual({
      type: 'user_id',
      value: '42',
    });
  });

  test('is shown as the first touchpoint wrote it, whichever came first', () => {
    const mention = (at: string, original: string | null) => ({ at, original });
    const mentions = [
      mention('2026-03-02T00:00:00.000Z', 'B'),
      mention('2026-03-01T00:00:00.000Z', 'b'),
      mention('2026-03-01T00:00:00.000Z', 'a'),
      mention('2026-03-03T00:00:00.000Z', null),
    ];
    for (const order of [mentions, mentions.toReversed()]) {
      const state = newIdentifier('x', 'phone', false);
      for (const { at, original } of order) {
        recordMention(state, { trust: 'server', occurredAt: at, receivedAt: at }, original);
      }
      expect(state.original).toBe('a');
      recordMention(
        state,
        { trust: 'server', occurredAt: '2026-03-01T00:00:00.000Z', receivedAt: '2026-03-01T00:00:00.000Z' },
        null,
      );
      expect(state.original).toBeNull();
    }
  });
});

test('a listed number is blocked in the form that it is stored in', () => {
  const normalize = createNormalize({ phoneRegion: 'DE' });
  const isBlocked = createIsBlocked(
    { block: { phone: ['030 901820'] } },
    (type, value) => normalize(type, value).value,
  );
  expect(isBlocked('phone', '+4930901820')).toBe(true);
});

describe('rules of e-mail addresses', () => {
  test.each([
    ['ada+news@example.org', 'ada@example.org'],
    ['+news@example.org', '+news@example.org'],
    ['a+b+c@googlemail.com', 'a@gmail.com'],
    ['ada', 'ada'],
  ])('make of %s %s', (sent, expected) => {
    const email = { tags: 'drop' as const, domains: { 'googlemail.com': 'gmail.com' } };
    const normalize = createNormalize({ phoneRegion: null, email });
    expect(normalize('email', sent)).toEqual({ type: 'email', value: expected });
    expect(normalize('email', expected).value).toBe(expected);
  });

  test('leave tags and domains as they are unless they say otherwise', () => {
    const normalize = createNormalize({ phoneRegion: null, email: { tags: 'keep' } });
    expect(normalize('email', 'ada+news@googlemail.com').value).toBe('ada+news@googlemail.com');
  });
});

describe('a custom type', () => {
  const normalize = createNormalize({
    phoneRegion: null,
    types: {
      'external.badge': { layer: 'attached', letters: 'small', characters: 'letters_and_digits' },
      'external.passport': { layer: 'person', letters: 'keep', characters: 'digits' },
    },
  });

  test.each([
    ['external.badge', 'AB-12 c', 'device_id.badge', 'ab12c'],
    ['device_id.badge', 'ab12c', 'device_id.badge', 'ab12c'],
    ['external.badge', '--', 'device_id.badge', '--'],
    ['external.passport', 'C 01-7', 'external.passport', '017'],
    ['external.crm', 'A-1', 'external.crm', 'A-1'],
    ['device_id', 'AB-12', 'device_id', 'AB-12'],
  ] as const)('makes of %s:%s %s:%s', (type, sent, normalType, value) => {
    expect(normalize(type, sent)).toEqual({ type: normalType, value });
  });

  test('is a person identifier again when the policy does not list it', () => {
    const plain = createNormalize({ phoneRegion: null });
    expect(plain('device_id.badge', 'ab12c')).toEqual({ type: 'external.badge', value: 'ab12c' });
  });
});
