/**
 * JSON text of a value that is nested more deeply than `JSON.stringify` can follow: it recurses, and from about 4,500 levels
 * on overflows the stack. What is rejected for its depth is still kept as it was sent.
 */
import { isJsonObject, type JsonObject } from './json-value.ts';

/** An object or list that is being written. */
interface Frame {
  value: JsonObject | readonly unknown[];
  /** Null for a list. */
  keys: readonly string[] | null;
  next: number;
}

/** The same text as `JSON.stringify`, or null when the value is nested more than `maxDepth` levels deep. */
export function writeDeepJson(root: unknown, maxDepth: number): string | null {
  const parts: string[] = [];
  const frames: Frame[] = [];
  let value = root;
  for (;;) {
    const opened = openFrame(value);
    if (opened === null) parts.push(JSON.stringify(value));
    else if (frames.length >= maxDepth) return null;
    else {
      parts.push(opened.keys === null ? '[' : '{');
      frames.push(opened);
    }
    let frame = frames.at(-1);
    while (frame !== undefined && isAtEnd(frame)) {
      parts.push(frame.keys === null ? ']' : '}');
      frames.pop();
      frame = frames.at(-1);
    }
    if (frame === undefined) return parts.join('');
    if (frame.next > 0) parts.push(',');
    const key = frame.keys?.[frame.next];
    if (key !== undefined) parts.push(`${JSON.stringify(key)}:`);
    value =
      key === undefined ? (frame.value as readonly unknown[])[frame.next] : (frame.value as JsonObject)[key];
    frame.next += 1;
  }
}

function openFrame(value: unknown): Frame | null {
  if (Array.isArray(value)) return { value, keys: null, next: 0 };
  return isJsonObject(value) ? { value, keys: Object.keys(value), next: 0 } : null;
}

function isAtEnd({ value, keys, next }: Frame): boolean {
  return next >= (keys ?? (value as readonly unknown[])).length;
}
