/** An item as text for the rejected store. */
import { AppError } from '@throughline/contracts';
import { isJsonObject } from '../core/json-value.ts';
import { writeDeepJson } from '../core/write-deep-json.ts';

/** Past it no reader could parse the text again with what is left of its stack. */
const storableDepth = 5_000;

/**
 * JSON text, without the key that some clients put into the body.
 * @throws AppError nesting_too_deep: the item cannot even be kept, so the request is refused
 */
export function storableText(item: unknown): string {
  if (item === undefined) return 'null';
  const { writeKey: _key, ...rest } = isJsonObject(item) ? item : {};
  const kept = isJsonObject(item) && 'writeKey' in item ? rest : item;
  try {
    return JSON.stringify(kept);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const text = writeDeepJson(kept, storableDepth - 1);
    if (text === null) {
      throw new AppError('nesting_too_deep', `an item is nested ${storableDepth} levels deep or more`, {
        expected: 'at most 64 levels',
      });
    }
    return text;
  }
}
