/** What an item of another protocol becomes before it is decided: an item of ours, or the reason why it is none. */
import { isAbsent, type JsonObject } from '../json-value.ts';
import { rejectionOf, type Rejection } from '../rejection.ts';

export type MappedItem =
  { ok: true; item: JsonObject } | { ok: false; id: string | null; rejection: Rejection };

export interface MappingTools {
  /** A short text that stands for a long one, the same every time. */
  digest: (text: string) => string;
}

export type MapItem = (wire: JsonObject, tools: MappingTools) => MappedItem;

/** A copy without the fields that are absent, so that the items of a protocol that names all its fields stay small. */
export function withoutAbsent(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isAbsent(value)));
}

export function unmapped(id: unknown, field: string, expected: string): MappedItem {
  return {
    ok: false,
    id: typeof id === 'string' ? id : null,
    rejection: rejectionOf('invalid_field', field, expected),
  };
}
