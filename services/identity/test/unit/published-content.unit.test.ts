import type { Touchpoint } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { publishedContentOf } from '../../src/core/published-content.ts';

const touchpoint: Touchpoint = {
  id: 't1',
  source: 'website',
  type: 'page',
  name: null,
  occurredAt: '2026-11-20T10:00:00.000Z',
  receivedAt: '2026-11-20T10:00:01.000Z',
  identifiers: [{ type: 'user_id', value: 'u1' }],
};

function publish(parts: Partial<Touchpoint>, traits: string[] = []) {
  return publishedContentOf({ ...touchpoint, ...parts }, new Set(traits));
}

describe('the campaign of a touchpoint', () => {
  test('is that of its context', () => {
    const campaign = { source: 'letter', medium: 'email', name: ' spring ', term: '', content: 7 };
    expect(publish({ context: { campaign } })).toEqual({
      campaign: { source: 'letter', medium: 'email', name: 'spring' },
    });
  });

  test.each([
    {
      context: { page: { url: 'https://shop.example/a?utm_source=ads&utm_campaign=winter+sale#utm_term=x' } },
    },
    { context: { campaign: {}, page: { search: '?utm_source=ads&utm_campaign=winter%20sale' } } },
    { properties: { url: '/a?x=1&utm_source=ads&utm_campaign=winter%20sale' } },
  ])('is that of the UTM parameters of the page where the context has none: %j', (parts) => {
    expect(publish(parts)).toEqual({ campaign: { source: 'ads', name: 'winter sale' } });
  });

  test('is absent where nothing names one', () => {
    const long = 'x'.repeat(201);
    for (const context of [{ campaign: { source: long } }, { campaign: 'x' }, { page: { url: 5 } }, {}]) {
      expect(publish({ context })).toEqual({});
    }
    expect(publish({})).toEqual({});
  });
});

describe('the consent of a touchpoint', () => {
  test.each([
    { advertising: true, analytics: false, version: 3 },
    { categoryPreferences: { advertising: true, analytics: false } },
  ])('is a boolean for each category: %j', (consent) => {
    expect(publish({ context: { consent } })).toEqual({ consent: { advertising: true, analytics: false } });
  });

  test('is absent where no category has a boolean', () => {
    for (const consent of [undefined, null, true, [], {}, { advertising: 'yes' }]) {
      expect(publish({ context: { consent } })).toEqual({});
    }
  });
});

describe('the traits of a touchpoint', () => {
  const traits = {
    plan: 'gold',
    age: 41,
    vip: true,
    note: 'ada@shop.example',
    tags: ['a'],
    unset: null,
    city: 'Bern',
  };

  test('are published where the deployment lists them and they are scalars', () => {
    const listed = ['plan', 'age', 'vip', 'tags', 'unset', 'missing', 'constructor'];
    expect(publish({ traits }, listed)).toEqual({ traits: { plan: 'gold', age: 41, vip: true } });
  });

  test('are never an e-mail address', () => {
    expect(publish({ traits }, ['note'])).toEqual({});
  });

  test('stay in the profile where the deployment lists none', () => {
    expect(publish({ traits })).toEqual({});
  });
});
