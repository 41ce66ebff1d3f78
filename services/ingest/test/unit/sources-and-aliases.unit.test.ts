import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { SourceDirectory } from '../../src/core/source-directory.ts';
import { sourceSettingsSchema } from '../../src/core/source-settings.ts';
import { accepted, identifiersOf, rejected } from './item-decisions.ts';

describe('the settings of a source', () => {
  const order = {
    type: 'track',
    event: 'Order Completed',
    anonymousId: 'a7',
    messageId: 'm7',
    properties: { order_id: '1001' },
    identifiers: [{ type: 'receipt_id', value: '5' }],
  };

  test('give its order and receipt numbers their scope', () => {
    expect(identifiersOf(order)).toEqual(expect.arrayContaining(['order_id:1001', 'receipt_id:5']));
    const settings = { transactionScope: 'hamburg' };
    expect(identifiersOf(order, { settings }).toSorted()).toEqual([
      'anonymous_id:a7',
      'order_id.hamburg:1001',
      'receipt_id.hamburg:5',
    ]);
    expect(accepted(order, { settings }).properties).toEqual({ order_id: '1001' });
  });

  test('name the region of its telephone numbers, which only those without a country code need', () => {
    const item = { type: 'identify', userId: 'u1', messageId: 'm1', traits: { phone: '030 90-1820' } };
    const settings = { phoneRegion: 'DE' };
    const phoneOf = (phone: string, given: object) =>
      accepted({ ...item, traits: { phone } }, { settings: given }).identifiers.find(
        ({ type }) => type === 'phone',
      );
    expect(phoneOf('030 90-1820', settings)).toEqual({
      type: 'phone',
      value: '030901820',
      original: '030 90-1820',
      region: 'DE',
    });
    expect(phoneOf('+4930901820', settings)).toEqual({ type: 'phone', value: '+4930901820' });
    expect(phoneOf('030901820', {})).toEqual({ type: 'phone', value: '030901820' });
    expect(sourceSettingsSchema.safeParse({ server: { phoneRegion: 'XX' } }).success).toBe(false);
  });

  test('cannot be borrowed by naming the scope of another', () => {
    const named = { ...order, identifiers: [{ type: 'receipt_id.hamburg', value: '5' }] };
    for (const settings of [{}, { transactionScope: 'hamburg' }]) {
      expect(rejected(named, { settings })).toMatchObject({
        code: 'invalid_field',
        field: 'identifiers[0].type',
      });
    }
  });

  test('name the external namespaces that it may send; by default a server may send all, a page none', () => {
    const item = {
      type: 'page',
      messageId: 'm7',
      userId: 'u7',
      identifiers: [
        { type: 'external.crm', value: 'c7' },
        { type: 'external.erp', value: 'e7' },
      ],
    };
    expect(identifiersOf(item)).toEqual(['user_id:u7', 'external.crm:c7', 'external.erp:e7']);
    const left = accepted(item, { trust: 'public' });
    expect(left.identifiers).toEqual([{ type: 'user_id', value: 'u7' }]);
    expect(left.warnings).toEqual(['external_identifier_ignored']);
    for (const trust of ['public', 'server'] as const) {
      const settings = { externalNamespaces: ['erp'] };
      expect(identifiersOf(item, { trust, settings })).toEqual(['user_id:u7', 'external.erp:e7']);
    }
    expect(rejected({ ...item, userId: null }, { trust: 'public' })).toMatchObject({
      code: 'missing_identifier',
    });
  });

  test('are found by the name of the source, and never by a name that objects have anyway', () => {
    const sources = new SourceDirectory(
      sourceSettingsSchema.parse({ server: { transactionScope: 'hamburg' } }),
    );
    expect(sources.settingsOf('server')).toEqual({ transactionScope: 'hamburg' });
    expect(sources.settingsOf('website')).toEqual({});
    expect(sources.settingsOf('constructor')).toEqual({});
    expect(sources.trustOf('constructor')).toBeNull();
  });

  test('are those of the environment where an operator made a source of the same name', () => {
    const sources = new SourceDirectory({ server: { transactionScope: 'hamburg' } });
    sources.replaceStored([
      { name: 'server', trust: 'public', settings: {} },
      { name: 'kiosk', trust: 'public', settings: { allowedOrigins: ['https://kiosk.example'] } },
    ]);
    expect(sources.settingsOf('server')).toEqual({ transactionScope: 'hamburg' });
    expect([sources.trustOf('server'), sources.trustOf('kiosk'), sources.trustOf('website')]).toEqual([
      'server',
      'public',
      'public',
    ]);
    expect(sources.publicSettings()).toContainEqual({ allowedOrigins: ['https://kiosk.example'] });
    sources.replaceStored([]);
    expect(sources.trustOf('kiosk')).toBeNull();
  });
});

describe('the environment', () => {
  const environment = (variables: Record<string, string>) => ({
    DATABASE_URL: 'postgres://user@host/db',
    THROUGHLINE_SERVER_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
    ...variables,
  });

  test('holds the settings of sources and the blocked identifiers as JSON', () => {
    const config = parseConfig(
      environment({
        THROUGHLINE_SOURCES:
          '{"website":{"allowedOrigins":["https://shop.example"]},"server":{"externalNamespaces":["crm"]}}',
        THROUGHLINE_BLOCKED_IDENTIFIERS: '{"block":{"any":["kasse"]}}',
      }),
    );
    expect(config.sources).toEqual({
      website: { allowedOrigins: ['https://shop.example'] },
      server: { externalNamespaces: ['crm'] },
    });
    expect(config.blockedIdentifiers).toEqual({ block: { any: ['kasse'] } });
    expect(parseConfig(environment({}))).toMatchObject({ sources: {}, blockedIdentifiers: {} });
  });

  test.each([
    ['THROUGHLINE_SOURCES', '{"website"'],
    ['THROUGHLINE_SOURCES', '[]'],
    ['THROUGHLINE_SOURCES', '{"webshop":{}}'],
    ['THROUGHLINE_SOURCES', '{"server":{"transactionScope":"Ham burg"}}'],
    ['THROUGHLINE_SOURCES', '{"server":{"allowedOrigins":["https://shop.example"]}}'],
    ['THROUGHLINE_SOURCES', '{"website":{"allowedOrigins":["*"]}}'],
    ['THROUGHLINE_SOURCES', '{"website":{"allowedOrigins":["https://shop.example/"]}}'],
    ['THROUGHLINE_BLOCKED_IDENTIFIERS', '{"block":{"shoe_size":["42"]}}'],
    ['THROUGHLINE_BLOCKED_IDENTIFIERS', '["kasse"]'],
  ])('does not allow a start with %s=%s, and says so', (name, text) => {
    expect(() => parseConfig(environment({ [name]: text }))).toThrow(name);
  });
});

describe('an alias', () => {
  const visitor = '3f0c4c9e-5c0a-4b8e-9d35-0b1f2a6c7d81';
  const alias = (fields: object) => ({ type: 'alias', messageId: 'm7', userId: 'ada', ...fields });

  test('of the visitor that its browser library names joins the visitor, whatever the form of the id', () => {
    for (const id of [visitor, 'v-17', '17']) {
      for (const trust of ['public', 'server'] as const) {
        const item = alias({ previousId: id, anonymousId: ` ${id} ` });
        expect(identifiersOf(item, { trust })).toEqual(['user_id:ada', `anonymous_id:${id}`]);
      }
    }
  });

  test('of another id than the visitor that is named beside it is of two users', () => {
    const item = alias({ previousId: 'ada-old', anonymousId: visitor });
    for (const trust of ['public', 'server'] as const) {
      expect(identifiersOf(item, { trust })).toEqual([
        'user_id:ada',
        'user_id:ada-old',
        `anonymous_id:${visitor}`,
      ]);
    }
  });

  test('by a public key without a visitor joins a visitor, since it can join no two users', () => {
    expect(identifiersOf(alias({ previousId: 'ada-old' }), { trust: 'public' })).toEqual([
      'user_id:ada',
      'anonymous_id:ada-old',
    ]);
  });

  test('by a server is of a visitor when only the previous id is a UUID', () => {
    expect(identifiersOf(alias({ previousId: visitor }))).toEqual(['user_id:ada', `anonymous_id:${visitor}`]);
    expect(identifiersOf(alias({ previousId: 'ada-old' }))).toEqual(['user_id:ada', 'user_id:ada-old']);
  });

  test('by a server names both where user ids are UUIDs too', () => {
    const userId = '9b2d7f10-58c4-4d6e-8a3b-6c5d4e3f2a10';
    expect(identifiersOf(alias({ userId, previousId: visitor }))).toEqual([
      `user_id:${visitor}`,
      `user_id:${userId}`,
      `anonymous_id:${visitor}`,
    ]);
  });

  test('keeps both ids as they were sent', () => {
    expect(accepted(alias({ previousId: ' 42 ' })).properties).toEqual({ userId: 'ada', previousId: '42' });
    for (const field of ['userId', 'previousId']) {
      expect(rejected(alias({ previousId: 'old', [field]: ' ' }))).toMatchObject({
        code: 'missing_field',
        field,
      });
    }
  });
});
