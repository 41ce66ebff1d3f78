import { describe, expect, test } from 'vitest';
import { settingsSchemaOf } from '../../src/core/source-settings.ts';
import { accepted, identifiersOf, rejected } from './item-decisions.ts';

const settings = settingsSchemaOf('server').parse({
  identifierProperties: {
    'properties.crm_id': 'external.crm',
    'properties.buyer.mail': 'email',
    'traits.card': 'loyalty_id',
    'context.till': 'device_id',
  },
});

const item = { type: 'track', event: 'Seen', id: 'i1', anonymousId: 'a1' };

describe('the identifier properties of a source', () => {
  test('are read as identifiers of their types, at any depth', () => {
    const sent = {
      ...item,
      properties: { crm_id: 'C-9', buyer: { mail: ' Ada@Example.org ' } },
      context: { till: 'till-3' },
    };
    expect(identifiersOf(sent)).toEqual(['anonymous_id:a1']);
    expect(identifiersOf(sent, { settings })).toEqual([
      'email:ada@example.org',
      'external.crm:C-9',
      'device_id:till-3',
      'anonymous_id:a1',
    ]);
    expect(accepted(sent, { settings }).properties).toEqual(sent.properties);
    const identify = { ...item, type: 'identify', event: undefined, traits: { card: '778899' } };
    expect(identifiersOf(identify, { settings })).toEqual(['loyalty_id:778899', 'anonymous_id:a1']);
  });

  test('are the only identifiers that an item needs', () => {
    const sent = { ...item, anonymousId: null, properties: { crm_id: 'C-9' } };
    expect(rejected(sent)).toMatchObject({ code: 'missing_identifier' });
    expect(identifiersOf(sent, { settings })).toEqual(['external.crm:C-9']);
  });

  test('allow a public source the namespace that they name, wherever it is sent, and no other', () => {
    const sent = {
      ...item,
      properties: { crm_id: 'C-9' },
      identifiers: [{ type: 'external.erp', value: 'E-9' }],
    };
    expect(identifiersOf(sent, { settings, trust: 'public' })).toEqual([
      'external.crm:C-9',
      'anonymous_id:a1',
    ]);
  });

  test.each([[['C-9']], [{ id: 'C-9' }], [true], [1.5], ['a\u200bb'], ['x'.repeat(201)]])(
    'stay data with a warning where the value is %j',
    (value) => {
      const kept = accepted({ ...item, properties: { crm_id: value } }, { settings });
      expect(kept.identifiers).toEqual([{ type: 'anonymous_id', value: 'a1' }]);
      expect(kept.warnings).toContain('identifier_blocked');
    },
  );

  test.each([[''], ['  '], [null], [undefined]])('are absent where the value is %j', (value) => {
    const kept = accepted({ ...item, properties: { crm_id: value, buyer: 'none' } }, { settings });
    expect(kept.identifiers).toEqual([{ type: 'anonymous_id', value: 'a1' }]);
    expect(kept.warnings ?? []).not.toContain('identifier_blocked');
  });

  test.each([
    [{ userId: 'external.crm' }],
    [{ 'properties.': 'external.crm' }],
    [{ 'properties.crm_id': 'crm' }],
    [{ 'properties.number': 'order_id.hamburg' }],
    [Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`properties.p${index}`, 'email']))],
  ])('are refused as %j', (identifierProperties) => {
    expect(settingsSchemaOf('public').safeParse({ identifierProperties }).success).toBe(false);
  });
});
