/** Kinds of API keys, and the prefix by which a person, or a scanner for leaked secrets, recognizes what a key is for. */

export const keyKinds = ['write', 'server', 'read', 'admin'] as const;
export type KeyKind = (typeof keyKinds)[number];

export const keyPrefixes: Readonly<Record<KeyKind, string>> = {
  write: 'wk_',
  server: 'sk_',
  read: 'rk_',
  admin: 'ak_',
};

/** Source of a regular expression: the prefix of any kind. */
export const anyKeyPrefix = `(?:${Object.values(keyPrefixes).join('|')})`;
