/** Which links were tried and refused, and why: decided again, read-only, since refusals are not stored. */
import type { ResolutionLimits } from './identifier-state.ts';
import type { Loading } from './loads.ts';
import { resolveComponents } from './person-components.ts';
import type { RefusedLink } from './person-layer.ts';
import { ResolutionGraph } from './resolution-graph.ts';

/** Of the components that these person identifiers are in; those that do not exist are passed over. */
export function* findRefusedLinks(
  persons: readonly string[],
  limits: ResolutionLimits,
): Loading<RefusedLink[]> {
  const graph = new ResolutionGraph(limits);
  yield* graph.loadIdentifiers(persons);
  const existing = new Set(persons.filter((id) => graph.identifiers.has(id)));
  const { refused } = yield* resolveComponents(graph, existing);
  return refused;
}
