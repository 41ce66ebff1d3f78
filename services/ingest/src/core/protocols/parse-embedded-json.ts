/** JSON that a protocol carries as text in a field. */
import { itemMaxBytes } from '../item-limits.ts';

/** As in a request's body: so many brackets in a row cost JSON.parse more than any item is worth. */
const maxNesting = 5_000;

/** Null for what is no JSON, or too large for any item that it could be part of. */
export function parseEmbeddedJson(text: string): { value: unknown } | null {
  if (text.length > itemMaxBytes || text.includes('['.repeat(maxNesting))) return null;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}
