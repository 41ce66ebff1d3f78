/**
 * Resolves the components of person identifiers again, read-only: what joined their clusters and what was refused is not
 * stored, so that nothing but the resolution itself has to be right.
 */
import type { ResolutionLimits } from './identifier-state.ts';
import type { Loading } from './loads.ts';
import { resolveComponents } from './person-components.ts';
import type { Join, RefusedJoin } from './person-layer.ts';
import { ResolutionGraph } from './resolution-graph.ts';

export interface ExplainedPersons {
  /** What was loaded for it; more may be. */
  graph: ResolutionGraph;
  /** A forest over the persons of their components. */
  joined: Join[];
  refused: RefusedJoin[];
}

/** Of the components that these person identifiers are in; those that do not exist are passed over. */
export function* explainPersons(
  persons: readonly string[],
  limits: ResolutionLimits,
): Loading<ExplainedPersons> {
  const graph = new ResolutionGraph(limits);
  yield* graph.loadIdentifiers(persons);
  const existing = new Set(persons.filter((id) => graph.identifiers.has(id)));
  const { joined, refused } = yield* resolveComponents(graph, existing);
  return { graph, joined, refused };
}
