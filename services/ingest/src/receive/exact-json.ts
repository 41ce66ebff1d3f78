/** JSON whose numbers survive being read: the rejected store keeps `1e400` as it was sent, not as `null`. */
import { isJsonObject } from '../core/json-value.ts';

declare global {
  // ECMAScript "JSON.parse source text access", in V8 since 11.4; TypeScript's library has it from es2026 on.
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

type ReviverWithSource = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Like `JSON.parse`, but a number that a double cannot keep stays as its digits. Ten times slower. */
export function parseExactly(text: string): unknown {
  const keepDigits: ReviverWithSource = (_key, value, { source }) => {
    if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER || source === undefined) {
      return value;
    }
    return JSON.rawJSON(source);
  };
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as unknown;
}

/** An item as JSON text for the rejected store, without the key that some clients put into the body. */
export function storableText(item: unknown): string {
  if (item === undefined) return 'null';
  if (!isJsonObject(item) || !('writeKey' in item)) return JSON.stringify(item);
  const { writeKey: _key, ...rest } = item;
  return JSON.stringify(rest);
}
