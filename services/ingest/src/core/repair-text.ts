/** Text that no database column takes is made whole: U+0000 and half surrogate pairs become U+FFFD. */
import { isJsonObject, type JsonObject } from './json-value.ts';

export function repairText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** A copy with every key and value repaired. The depth is known to be bounded by then. */
export function repairTexts<T>(value: T): T;
export function repairTexts(value: unknown): unknown {
  if (typeof value === 'string') return repairText(value);
  if (Array.isArray(value)) return value.map((element) => repairTexts(element));
  if (!isJsonObject(value)) return value;
  const repaired: JsonObject = {};
  for (const key of Object.keys(value)) repaired[repairText(key)] = repairTexts(value[key]);
  return repaired;
}
