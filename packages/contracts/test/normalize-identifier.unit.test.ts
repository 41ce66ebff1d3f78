import { describe, expect, test } from 'vitest';
import { normalizeIdentifier } from '../src/index.ts';

describe('normalizeIdentifier', () => {
  test.each([
    ['capitals of any script', '\u00c4RGER@Example.ORG', '\u00e4rger@example.org'],
    [
      'a sigma at the end of a word',
      '\u039f\u0394\u039f\u03a3@example.org',
      '\u03bf\u03b4\u03bf\u03c3@example.org',
    ],
    ['a domain in letters of its own', 'ada@B\u00fccher.example', 'ada@xn--bcher-kva.example'],
    ['what is no domain', 'ada@b\u00fccher.example:80/x', 'ada@b\u00fccher.example:80/x'],
    [
      'dots and tags, which are the provider\u2019s business',
      'a.d.a+shop@example.org',
      'a.d.a+shop@example.org',
    ],
  ])('writes %s in an address as the domain name system and Unicode do', (_what, raw, value) => {
    expect(normalizeIdentifier('email', raw)).toEqual({ ok: true, value });
    expect(normalizeIdentifier('email', value)).toEqual({ ok: true, value });
  });

  test('makes one email of its composed and decomposed spelling', () => {
    expect(normalizeIdentifier('email', 'Andre\u0301@Example.org')).toEqual(
      normalizeIdentifier('email', 'andr\u00e9@example.org'),
    );
  });

  test('does not fold the Kelvin sign to k', () => {
    const once = normalizeIdentifier('email', '\u212a@example.org');
    expect(once.ok && normalizeIdentifier('email', once.value)).toEqual(once);
    expect(once).not.toEqual(normalizeIdentifier('email', 'k@example.org'));
  });

  test.each([
    ['', 'identifier_blank'],
    ['   ', 'identifier_blank'],
    ['a'.repeat(201), 'identifier_too_long'],
    ['a\u0000b', 'identifier_invalid_characters'],
    ['a\ud800', 'identifier_invalid_characters'],
    ['a\u202eb', 'identifier_invalid_characters'],
    ['a\u200bb', 'identifier_invalid_characters'],
    ['\u3164', 'identifier_invalid_characters'],
    ['a\u034fb', 'identifier_invalid_characters'],
    ['a\u{e0041}b', 'identifier_invalid_characters'],
    [1.5, 'identifier_invalid_type'],
    [2 ** 53, 'identifier_invalid_type'],
    [true, 'identifier_invalid_type'],
    [['a'], 'identifier_invalid_type'],
    [{}, 'identifier_invalid_type'],
  ])('refuses %j with %s', (raw, code) => {
    expect(normalizeIdentifier('user_id', raw)).toEqual({ ok: false, code });
  });

  test('takes a safe integer as its digits and says so', () => {
    expect(normalizeIdentifier('loyalty_id', 42)).toEqual({
      ok: true,
      value: '42',
      warning: 'identifier_number_as_text',
    });
  });

  test('trims, and keeps ordinary strings whole', () => {
    expect(normalizeIdentifier('user_id', " '; DROP TABLE users ")).toEqual({
      ok: true,
      value: "'; DROP TABLE users",
    });
    expect(normalizeIdentifier('user_id', 'hasOwnProperty')).toEqual({ ok: true, value: 'hasOwnProperty' });
  });

  test('removes punctuation from phone numbers', () => {
    expect(normalizeIdentifier('phone', '0049 (30) 123-45')).toEqual({ ok: true, value: '+493012345' });
  });

  test.each([
    '+49 30 901820',
    '+٤٩ ٣٠ ٩٠١٨٢٠',
    '+۴۹۳۰۹۰۱۸۲۰',
    '＋４９－３０－９０１８２０',
    '+४९३०९०१८२०',
    "'+4930901820",
    '\u2019+4930901820',
    "-'+4930901820",
    '+49\u201030\u2011901820',
    '+49\u201230\u2013901\u2014820',
    '+49\u221230\u00a0901\u202f820',
    '+49（30）901．820',
    '+49／30・901ー820',
    '00 49 30 901820',
    '٠٠٤٩٣٠٩٠١٨٢٠',
  ])('writes the phone number %s one way, and again the same', (raw) => {
    expect(normalizeIdentifier('phone', raw)).toEqual({ ok: true, value: '+4930901820' });
    expect(normalizeIdentifier('phone', '+4930901820')).toEqual({ ok: true, value: '+4930901820' });
  });

  test('keeps digits of other scripts in identifiers that are not phone numbers', () => {
    expect(normalizeIdentifier('loyalty_id', '٤٢')).toEqual({ ok: true, value: '٤٢' });
  });
});
