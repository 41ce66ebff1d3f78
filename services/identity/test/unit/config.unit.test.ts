import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';

function configWith(traits: string | undefined) {
  return parseConfig({
    DATABASE_URL: 'postgres://localhost/throughline',
    THROUGHLINE_READ_KEY: `rk_${'0123456789abcdef'.repeat(2)}`,
    THROUGHLINE_IDENTITY_SECRET: 's'.repeat(32),
    THROUGHLINE_METRICS_TRAITS: traits,
  });
}

describe('THROUGHLINE_METRICS_TRAITS', () => {
  test('lists names of traits, each once; not set is none', () => {
    expect(configWith(' plan, country,,plan').publishedTraits).toEqual(['plan', 'country']);
    expect(configWith(undefined).publishedTraits).toEqual([]);
  });

  test.each([
    ['plan,email', 'contact data'],
    ['firstName', 'contact data'],
    [Array.from({ length: 21 }, (_, index) => `t${index}`).join(','), 'at most 20'],
    ['x'.repeat(201), 'at most 20'],
  ])('refuses contact data, and lists that are too long: %s', (traits, message) => {
    expect(() => configWith(traits)).toThrow(message);
  });
});
