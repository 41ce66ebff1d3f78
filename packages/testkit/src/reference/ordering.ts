/** The orders that break every tie: text by code point, moments, identifiers. */
import type { IdentifierType } from '@throughline/contracts';
import { compareByCodePoint } from './code-points.ts';
import { compareTypes } from './identifier-order.ts';

/** A time with the touchpoint that it is of. */
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
  return compareTypes(left.type, right.type) || compareByCodePoint(left.id, right.id);
}
