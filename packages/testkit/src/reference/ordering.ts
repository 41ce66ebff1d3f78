/** The orders that break every tie: text by code point, moments, identifiers. */
import { compareIdentifierTypes, type IdentifierType } from '@throughline/contracts';

/** By code point, which is the order of the UTF-8 bytes; `<` on strings differs from it beyond U+FFFF. */
export function compareByCodePoint(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    if (left[index] !== right[index]) {
      return (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0);
    }
  }
  return left.length - right.length;
}

/** A time with the touchpoint that tells it. */
export interface Moment {
  time: string;
  source: string;
  touchpointId: string;
}

export function compareMoments(left: Moment, right: Moment): number {
  return (
    compareByCodePoint(left.time, right.time) ||
    compareByCodePoint(left.source, right.source) ||
    compareByCodePoint(left.touchpointId, right.touchpointId)
  );
}

/** An identifier of the world. */
export interface Node {
  id: string;
  type: IdentifierType;
  value: string;
  blocked: boolean;
}

/** Strongest first: by type, then id. */
export function compareNodes(left: Node, right: Node): number {
  return compareIdentifierTypes(left.type, right.type) || compareByCodePoint(left.id, right.id);
}
