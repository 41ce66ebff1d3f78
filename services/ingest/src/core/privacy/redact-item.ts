/** Takes out of an item what its source must not keep: nothing after it, the rejected store included, sees the rest. */
import { isJsonObject, type JsonObject } from '../json-value.ts';
import type { PrivacySettings } from './privacy-settings.ts';
import { truncateAddress } from './truncate-address.ts';

/** Keyed, so that a phone number cannot be found by trying all of them. */
export type KeyedHash = (text: string, secret: string) => string;

const hashedPattern = /^hmac-sha256:[0-9a-f]{64}$/;

/** The item itself when there is nothing to take out. */
export function redactItem(item: JsonObject, settings: PrivacySettings, keyedHash: KeyedHash): JsonObject {
  let redacted = redactAddress(item, settings.addresses);
  for (const path of settings.drop) redacted = replaceAt(redacted, path.split('.'), () => undefined);
  const { hash } = settings;
  if (hash === undefined) return redacted;
  // An item of the rejected store has its hashes already.
  const toHash = (value: unknown): unknown => {
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    const text = String(value).trim();
    return text === '' || hashedPattern.test(text) ? value : `hmac-sha256:${keyedHash(text, hash.secret)}`;
  };
  for (const path of hash.fields) redacted = replaceAt(redacted, path.split('.'), toHash);
  return redacted;
}

function redactAddress(item: JsonObject, addresses: PrivacySettings['addresses']): JsonObject {
  if (addresses === 'kept') return item;
  const context = item['context'];
  if (!isJsonObject(context) || !('ip' in context)) return item;
  const { ip, ...rest } = context;
  const kept = addresses === 'truncated' && typeof ip === 'string' ? truncateAddress(ip) : null;
  return { ...item, context: kept === null ? rest : { ...rest, ip: kept } };
}

/** A copy with the value at the path replaced, or left out for undefined; the same object when the path leads nowhere. */
function replaceAt(
  object: JsonObject,
  path: readonly string[],
  replace: (value: unknown) => unknown,
): JsonObject {
  const [key = '', ...rest] = path;
  if (!Object.hasOwn(object, key)) return object;
  const value = object[key];
  const replaced = rest.length === 0 ? replace(value) : replaceIn(value, rest, replace);
  if (replaced === value) return object;
  if (replaced !== undefined) return { ...object, [key]: replaced };
  const { [key]: _left, ...kept } = object;
  return kept;
}

function replaceIn(value: unknown, path: readonly string[], replace: (value: unknown) => unknown): unknown {
  // One level of lists for each step of the path: how deep others nest them is not ours to follow.
  if (Array.isArray(value)) {
    return value.map((element: unknown) =>
      isJsonObject(element) ? replaceAt(element, path, replace) : element,
    );
  }
  return isJsonObject(value) ? replaceAt(value, path, replace) : value;
}
