/** The client's own id of a touchpoint: what makes a retry a retry. */
import { touchpointIdMaxLength } from './item-limits.ts';
import { isAbsent, type JsonObject } from './json-value.ts';
import { rejectionOf, type Rejection } from './rejection.ts';

export type TouchpointIdResult =
  | { ok: true; /** Null when the client sent none. */ id: string | null }
  | { ok: false; rejection: Rejection };

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const forbidden = /[\u0000-\u001f\u007f]|\p{Cs}/u;

/** `messageId` as Segment's clients call it, else `id`. Kept letter by letter: two spellings are two touchpoints. */
export function decideTouchpointId(item: JsonObject): TouchpointIdResult {
  const field = isAbsent(item['messageId']) ? 'id' : 'messageId';
  const raw = item[field];
  if (isAbsent(raw)) return { ok: true, id: null };
  const id = Number.isSafeInteger(raw) ? String(raw) : raw;
  if (typeof id !== 'string' || id.trim() === '' || id.length > touchpointIdMaxLength || forbidden.test(id)) {
    const expected = `text of 1 to ${touchpointIdMaxLength} characters without control characters`;
    return { ok: false, rejection: rejectionOf('invalid_field', field, expected) };
  }
  return { ok: true, id };
}
