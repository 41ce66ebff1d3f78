/**
 * The session of a signed-in browser: the key itself, encrypted into a cookie that scripts cannot read. The server keeps
 * nothing of it but the ids of those that were signed out, so any instance opens it and a restart ends none; the key is checked
 * again with each request, so a disabled one ends its sessions.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { BootstrapKeys } from '@throughline/runtime';

export interface Session {
  /** A UUID. */
  id: string;
  key: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface SessionCookies {
  /** The value of `Set-Cookie` that begins a session. */
  seal(session: Session, isSecure: boolean): string;
  /** @param cookies the `Cookie` header. Null for a missing, foreign, changed or expired session alike. */
  open(cookies: string | undefined, nowMs: number): Session | null;
  /** The value of `Set-Cookie` that ends the session. */
  clear(isSecure: boolean): string;
}

export const sessionSeconds = 12 * 3_600;

const name = 'throughline_session';
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const maxCookieLength = 1_000;

/** @param keys of the deployment, which its instances share: changing them ends the sessions */
export function createSessionCookies(keys: BootstrapKeys): SessionCookies {
  const secret = [keys.admin ?? '', keys.read ?? ''].join('\n');
  const encryptionKey = Buffer.from(
    hkdfSync('sha256', secret, 'throughline', 'console session cookie, version 2', 32),
  );
  return {
    seal: (session, isSecure) =>
      cookie(encrypt(encryptionKey, JSON.stringify(session)), sessionSeconds, isSecure),
    open: (cookies, nowMs) => {
      const value = findCookie(cookies);
      const text = value === null ? null : decrypt(encryptionKey, value);
      if (text === null) return null;
      const session = JSON.parse(text) as Session;
      return session.expiresAt > nowMs ? session : null;
    },
    clear: (isSecure) => cookie('', 0, isSecure),
  };
}

function cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : '';
  return `${name}=${value}; Path=/console; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}

function findCookie(cookies: string | undefined): string | null {
  for (const part of (cookies ?? '').split(';')) {
    const [key = '', value = ''] = part.trim().split('=', 2);
    if (key === name && value !== '' && value.length <= maxCookieLength) return value;
  }
  return null;
}

function encrypt(key: Buffer, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, encrypted, cipher.getAuthTag()]).toString('base64url');
}

/** Null for what this key has not encrypted. */
function decrypt(key: Buffer, value: string): string | null {
  const bytes = Buffer.from(value, 'base64url');
  if (bytes.length <= nonceBytes + tagBytes) return null;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const head = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8');
    return head + decipher.final('utf8');
  } catch {
    return null;
  }
}
