/** The keys of a deployment: those of the environment, and those that operators made. Only digests are kept. */
import { hash, timingSafeEqual } from 'node:crypto';
import { anyKeyPrefix, type KeyKind, keyKinds, keyPrefixes, type Trust } from '@throughline/contracts';

export interface Principal {
  kind: KeyKind;
  /** What the key writes as; part of a touchpoint's identity. */
  source: string;
  /** Of a read key that shows parts of profiles only, and opens nothing else: which. */
  fields?: readonly string[];
  /** Of a read key that may look for people by name. */
  maySearch?: true;
}

export interface KeyRing {
  /** The principal of a key; null for a missing or an unknown key alike. */
  authenticate(presented: string | null | undefined): Principal | null;
  /** The same, but looks once more for a key that was made a moment ago. */
  find(presented: string | null | undefined): Promise<Principal | null>;
  readonly isEmpty: boolean;
}

/** Keys that operators made; see `startStoredKeys`. */
export interface StoredKeys {
  /** @param digest SHA-256 of a key. From memory. */
  principalOf(digest: Buffer): Principal | null;
  /** Loads what changed; resolves when it is in memory. Never rejects. */
  refresh(): Promise<void>;
  /** For a key that is not known: as `refresh`, but not more often than four times a second. */
  refreshForUnknown(): Promise<void>;
}

/** Bootstrap keys by kind, as `THROUGHLINE_{WRITE,SERVER,READ,ADMIN}_KEY` give them. */
export type BootstrapKeys = { readonly [kind in KeyKind]?: string | undefined };

const sources: Record<KeyKind, string> = {
  write: 'website',
  server: 'server',
  read: 'reader',
  admin: 'admin',
};
const keyMaxLength = 200;
const startsAsKey = new RegExp(`^${anyKeyPrefix}`);

/** Trust is the key's: a public write key is public, all others are held by servers and operators. */
export function trustOf(principal: Principal): Trust {
  return principal.kind === 'write' ? 'public' : 'server';
}

/** What is wrong with a key, or null. A key has its kind's prefix and, by its alphabet and length, at least 128 random bits. */
export function findKeyFault(kind: KeyKind, key: string): string | null {
  const prefix = keyPrefixes[kind];
  if (!key.startsWith(prefix)) return `a ${kind} key starts with ${prefix}`;
  const secret = key.slice(prefix.length);
  if (!/^[A-Za-z0-9_-]+$/.test(secret)) return `a ${kind} key has letters, digits, "_" and "-" only`;
  const bitsPerCharacter = /^[0-9a-f]+$/.test(secret) ? 4 : 5.9;
  if (secret.length * bitsPerCharacter < 128 || new Set(secret).size < 8) {
    return `a ${kind} key needs at least 128 random bits: 32 hexadecimal digits or 22 base64url characters`;
  }
  if (key.length > keyMaxLength) return `a ${kind} key has at most ${keyMaxLength} characters`;
  return null;
}

/** @throws Error that names the kind, never the key */
export function createKeyRing(keys: BootstrapKeys, stored?: StoredKeys): KeyRing {
  const entries: { digest: Buffer; principal: Principal }[] = [];
  for (const kind of keyKinds) {
    const key = keys[kind];
    if (key === undefined) continue;
    const fault = findKeyFault(kind, key);
    if (fault !== null) throw new Error(`THROUGHLINE_${kind.toUpperCase()}_KEY: ${fault}`);
    entries.push({ digest: digestOf(key), principal: Object.freeze({ kind, source: sources[kind] }) });
  }
  const principalOf = (digest: Buffer): Principal | null => {
    let found: Principal | null = null;
    // No early exit: the time does not depend on which kind of key was hit.
    for (const entry of entries) {
      if (timingSafeEqual(entry.digest, digest)) found = entry.principal;
    }
    // Looked up by digest: what its time shows is about a digest, of which no key can be made.
    return found ?? stored?.principalOf(digest) ?? null;
  };
  return {
    isEmpty: entries.length === 0,
    authenticate: (presented) => (isPossible(presented) ? principalOf(digestOf(presented)) : null),
    async find(presented) {
      if (!isPossible(presented)) return null;
      const digest = digestOf(presented);
      const known = principalOf(digest);
      if (known !== null || stored === undefined || !startsAsKey.test(presented)) return known;
      await stored.refreshForUnknown();
      return principalOf(digest);
    },
  };
}

function isPossible(presented: string | null | undefined): presented is string {
  return typeof presented === 'string' && presented !== '' && presented.length <= keyMaxLength;
}

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
