/** JSON whose numbers survive being read: the rejected store keeps `1e400` as it was sent, not as `null`. */
import { AppError } from '@throughline/contracts';

declare global {
  // ECMAScript "JSON.parse source text access", in V8 since 11.4; TypeScript's library has it from es2026 on.
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

type ReviverWithSource = (key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * Like `JSON.parse`, but a number that a double cannot keep stays as its digits. Ten times slower.
 * @throws AppError nesting_too_deep: a reviver is called by recursion, and overflows the stack from about 2,500 levels on
 */
export function parseExactly(text: string): unknown {
  const keepDigits: ReviverWithSource = (_key, value, { source }) => {
    if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER || source === undefined) {
      return value;
    }
    return JSON.rawJSON(source);
  };
  try {
    return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as unknown;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AppError('nesting_too_deep', 'an item is too deep to keep another one with its exact numbers', {
      expected: 'at most 64 levels',
      cause: error,
    });
  }
}
