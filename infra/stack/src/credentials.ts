/**
 * The keys and the identity secret of a home: made once, kept in files that only their owner can read, never logged.
 * Losing the secret would give every identifier another id, so it lies in a file of its own that nothing rewrites.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { ConfigError } from '@throughline/runtime/settings';
import path from 'node:path';
import { type KeyKind, keyKinds, keyPrefixes } from '@throughline/contracts';
import { z } from 'zod';
import type { StackConfig } from './config.ts';

const keysFileSchema = z.partialRecord(z.enum(keyKinds), z.string().min(1));

export interface Credentials {
  keys: Record<KeyKind, string>;
  identitySecret: string;
  /** Kinds whose key was set in the environment, and so is not in the file. */
  fromEnvironment: readonly KeyKind[];
  keysFile: string;
}

/** Keys of the environment win and are not written; the others come from `keys.json`, which gets what is missing. */
export function loadCredentials(config: Pick<StackConfig, 'home' | 'keys' | 'identitySecret'>): Credentials {
  const keysFile = path.join(config.home, 'keys.json');
  const kept = readKeysFile(keysFile);
  const missing = keyKinds.filter((kind) => config.keys[kind] === undefined && kept[kind] === undefined);
  for (const kind of missing) kept[kind] = keyPrefixes[kind] + randomSecret();
  if (missing.length > 0) writeSecretFile(keysFile, `${JSON.stringify(kept, null, 2)}\n`);
  const keys = Object.fromEntries(keyKinds.map((kind) => [kind, config.keys[kind] ?? kept[kind]]));
  return {
    keys: keys as Record<KeyKind, string>,
    identitySecret:
      config.identitySecret ?? loadSecret(path.join(config.home, 'identity-secret'), config.keys.admin),
    fromEnvironment: keyKinds.filter((kind) => config.keys[kind] !== undefined),
    keysFile,
  };
}

function derivedSecret(adminKey: string): string {
  return Buffer.from(hkdfSync('sha256', adminKey, '', 'throughline identity secret', 32)).toString(
    'base64url',
  );
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

function readKeysFile(file: string): z.infer<typeof keysFileSchema> {
  if (!existsSync(file)) return {};
  chmodSync(file, 0o600);
  try {
    return keysFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Never with the file's text: it holds keys.
    throw new ConfigError(`${file} cannot be read as keys. Restore it, or remove it to have new keys made.`);
  }
}

/**
 * A home whose admin key was set when it was made gets a secret derived from that key: the same touchpoints then have the
 * same profile ids in every such home. It is derived once; a key that changes later leaves the secret as it is.
 */
function loadSecret(file: string, adminKey: string | undefined): string {
  if (!existsSync(file)) {
    writeSecretFile(file, `${adminKey === undefined ? randomSecret() : derivedSecret(adminKey)}\n`);
  }
  chmodSync(file, 0o600);
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 22) {
    throw new ConfigError(
      `${file} is damaged. Restore it from a backup: every identifier's id depends on it.`,
    );
  }
  return secret;
}

/** Whole or not at all: a crash in the middle of a write must not leave half a key behind. */
function writeSecretFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, file);
}
