import { describe, expect, test } from 'vitest';
import { AppError } from '@throughline/contracts';
import {
  authorize,
  ConfigError,
  createKeyRing,
  parseKeys,
  parseListen,
  presentedKey,
  trustOf,
} from '../src/index.ts';

const secret = '0123456789abcdef0123456789abcdef';
const keys = { write: `wk_${secret}`, server: `sk_${secret}`, read: `rk_${secret}`, admin: `ak_${secret}` };

test('a key that was made a moment ago is looked up once more, and text that is no key is not', async () => {
  const principal = { kind: 'read', source: 'dashboard' } as const;
  let isLoaded = false;
  let lookups = 0;
  const ring = createKeyRing(
    {},
    {
      principalOf: () => (isLoaded ? principal : null),
      refresh: () => Promise.resolve(),
      refreshForUnknown: () => {
        lookups += 1;
        isLoaded = true;
        return Promise.resolve();
      },
    },
  );
  expect(await ring.find('no key')).toBeNull();
  expect(lookups).toBe(0);
  expect(await ring.find(keys.read)).toEqual(principal);
  expect(await ring.find(keys.read)).toEqual(principal);
  expect(lookups).toBe(1);
});

describe('a key ring', () => {
  const ring = createKeyRing(keys);

  test('knows its keys by kind and source', () => {
    expect(ring.authenticate(keys.write)).toEqual({ kind: 'write', source: 'website' });
    expect(ring.authenticate(keys.server)).toEqual({ kind: 'server', source: 'server' });
    expect(ring.authenticate(keys.read)).toMatchObject({ kind: 'read' });
    expect(ring.authenticate(keys.admin)).toEqual({ kind: 'admin', source: 'admin' });
  });

  test.each([null, undefined, '', 'wk_', `wk_${secret}x`, `xk_${secret}`, secret, 'x'.repeat(10_000)])(
    'does not know %s',
    (presented) => expect(ring.authenticate(presented)).toBeNull(),
  );

  test('gives public trust to the public key alone', () => {
    expect(
      [keys.write, keys.server, keys.admin].map((key) => trustOf(ring.authenticate(key) as never)),
    ).toEqual(['public', 'server', 'server']);
  });

  test.each([
    ['write', `sk_${secret}`],
    ['write', 'wk_short'],
    ['read', `rk_${'a'.repeat(40)}`],
    ['admin', `ak_${secret} `],
    ['server', 'sk_abcdefgh01234567'],
  ])('refuses a %s key like %s, without repeating it', (kind, key) => {
    expect(() => createKeyRing({ [kind]: key })).toThrow(/THROUGHLINE_.*_KEY: /);
    expect(() => createKeyRing({ [kind]: key })).not.toThrow(key);
  });
});

describe('authorize', () => {
  test('lets the kinds of a route pass, and admin everywhere', () => {
    const of = (kind: 'write' | 'admin') => ({ kind, source: 's' });
    expect(authorize(of('write'), ['write'])).toEqual(of('write'));
    expect(authorize(of('admin'), ['read'])).toEqual(of('admin'));
    expect(() => authorize(of('write'), ['read'])).toThrow(AppError);
    expect(() => authorize(null, ['read'])).toThrow(AppError);
  });
});

describe('a presented key', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc ', 'abc'],
    [`Basic ${Buffer.from('abc:').toString('base64')}`, 'abc'],
    [`Basic ${Buffer.from('abc:secret').toString('base64')}`, 'abc'],
    [`Basic ${Buffer.from(':secret').toString('base64')}`, null],
    ['Digest abc', null],
    ['abc', null],
    [undefined, null],
    [`Bearer ${'x'.repeat(5_000)}`, null],
  ])('of %j is %j', (header, key) => expect(presentedKey(header)).toBe(key));
});

describe('where to listen', () => {
  const options = { portVariable: 'THROUGHLINE_INGEST_PORT', defaultPort: 8080 };
  const set = { THROUGHLINE_WRITE_KEY: keys.write };

  test('is loopback and the default port unless set', () => {
    expect(parseListen({}, options)).toEqual({ host: '127.0.0.1', port: 8080, isLoopback: true });
    expect(parseListen({ THROUGHLINE_HOST: '', THROUGHLINE_INGEST_PORT: '0' }, options).port).toBe(0);
  });

  test('is reachable by others only with keys that were set', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org']) {
      expect(parseListen({ ...set, THROUGHLINE_HOST: host }, options).isLoopback).toBe(false);
      expect(() => parseListen({ THROUGHLINE_HOST: host }, options)).toThrow(ConfigError);
      const generated = { ...set, THROUGHLINE_HOST: host, THROUGHLINE_KEYS_GENERATED: 'true' };
      expect(() => parseListen(generated, options)).toThrow(/keys must be set/);
    }
  });

  test.each(['x', '-1', '65536', '1.5'])('is no port %s', (port) => {
    expect(() => parseListen({ THROUGHLINE_INGEST_PORT: port }, options)).toThrow(/THROUGHLINE_INGEST_PORT/);
  });

  test('takes keys from the environment, and names a bad one without showing it', () => {
    expect(parseKeys({ ...set, THROUGHLINE_READ_KEY: '' })).toEqual({ write: keys.write });
    expect(() => parseKeys({ THROUGHLINE_READ_KEY: 'rk_bad' })).toThrow(
      /^THROUGHLINE_READ_KEY: (?!.*rk_bad)/,
    );
  });
});
