/** Which identifier a touchpoint belongs to, and the counts that follow from it. */
import type { Trust } from '@throughline/contracts';
import { compareIdentifiers, type IdentifierKey, publicLevel, serverLevel } from './evidence.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

/** A stored touchpoint whose primary identifier is decided again. */
export interface StoredTouchpoint {
  key: string;
  trust: Trust;
  occurredAt: string;
  identifiers: readonly IdentifierKey[];
  primary: string;
  assignmentVersion: number;
}

/** The strongest that is neither blocked nor shared at the touchpoint's own level; if none is left, the strongest. */
export function primaryIdentifier(
  graph: ResolutionGraph,
  trust: Trust,
  identifiers: readonly IdentifierKey[],
): string {
  const level = trust === 'server' ? serverLevel : publicLevel;
  const free = identifiers.filter(({ id }) => !graph.get(id).blocked && graph.sharedLevelOf(id) < level);
  const primary = strongest(free) ?? strongest(identifiers);
  if (!primary) throw new Error('a touchpoint without identifiers was accepted');
  return primary.id;
}

function strongest(identifiers: readonly IdentifierKey[]): IdentifierKey | undefined {
  let best = identifiers[0];
  for (const one of identifiers) if (best !== undefined && compareIdentifiers(one, best) < 0) best = one;
  return best;
}

export function countTouchpoint(graph: ResolutionGraph, id: string, occurredAt: string): void {
  const state = graph.get(id);
  state.touchpointCount += 1;
  if (state.firstTouchpointAt === null || occurredAt < state.firstTouchpointAt)
    state.firstTouchpointAt = occurredAt;
  if (state.lastTouchpointAt === null || occurredAt > state.lastTouchpointAt)
    state.lastTouchpointAt = occurredAt;
}
