import { describe, expect, test } from 'vitest';
import { createSessionCookies } from '../../src/http/console/session-cookie.ts';

const key = 'rk_0123456789abcdef0123456789abcdef';
const nowMs = Date.parse('2026-03-10T12:00:00Z');
const session = {
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  key,
  expiresAt: nowMs + 60_000,
};
const cookies = createSessionCookies({ read: 'rk_of_the_deployment' });
const cookieOf = (setCookie: string): string => setCookie.split(';')[0] ?? '';

describe('the cookie of a session', () => {
  test('is opened by every instance with the same keys, among other cookies', () => {
    const sealed = cookieOf(cookies.seal(session, false));
    const other = createSessionCookies({ read: 'rk_of_the_deployment' });
    expect(other.open(`theme=dark; ${sealed}; lang=en`, nowMs)).toEqual(session);
  });

  test('says nothing about the key, and is another each time', () => {
    const sealed = cookies.seal(session, false);
    expect(sealed).not.toContain(key);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain(key);
    expect(cookies.seal(session, false)).not.toBe(sealed);
  });

  test('is out of the reach of scripts and of other sites, and travels encrypted where the page does', () => {
    expect(cookies.seal(session, false)).toMatch(
      /; Path=\/console; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(cookies.seal(session, true)).toMatch(/; Secure$/);
    expect(cookies.clear(false)).toMatch(/^throughline_session=; Path=\/console; Max-Age=0;/);
  });

  test('does not open when a byte is changed, when it has expired, or with other keys', () => {
    const sealed = cookieOf(cookies.seal(session, false));
    const [name, value = ''] = sealed.split('=');
    for (let place = 0; place < value.length; place += 7) {
      const changed = value[place] === 'A' ? 'B' : 'A';
      const text = `${name}=${value.slice(0, place)}${changed}${value.slice(place + 1)}`;
      expect(cookies.open(text, nowMs), String(place)).toBeNull();
    }
    expect(cookies.open(sealed, session.expiresAt)).toBeNull();
    expect(createSessionCookies({ read: 'rk_of_another' }).open(sealed, nowMs)).toBeNull();
  });

  test.each([
    undefined,
    '',
    'throughline_session=',
    'throughline_session=AAAA',
    `throughline_session=${'A'.repeat(2_000)}`,
  ])('of %s opens nothing', (text) => {
    expect(cookies.open(text, nowMs)).toBeNull();
  });
});
