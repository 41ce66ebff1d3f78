/**
 * Which memberships are published on the resolved stream: those of identifiers with touchpoints or published before, of
 * ambiguous transactions, and of those that make a profile identified which would otherwise not be.
 */
import { isPersonType, type Membership } from '@throughline/contracts';
import {
  ambiguityOf,
  type IdentifierState,
  isIdentifying,
  mentionLevel,
  type ResolutionLimits,
} from './identifier-state.ts';
import type { ResolutionGraph, WorkingIdentifier } from './resolution-graph.ts';

export function membershipOf(graph: ResolutionGraph, id: string): Membership {
  return membershipOfState(graph.get(id), graph.limits);
}

export function membershipOfState(state: IdentifierState, limits: ResolutionLimits): Membership {
  const ambiguity = ambiguityOf(state);
  const { id } = state;
  return {
    identifier: id,
    version: state.version,
    root: state.root,
    profile: state.root === id ? state.profile : null,
    identifying: isIdentifying(state, limits),
    type: state.type,
    ...(ambiguity === null ? {} : { ambiguous: ambiguity }),
  };
}

/** Raises the versions of changed memberships. Returns those to publish, by id. */
export function publishMemberships(graph: ResolutionGraph, clock: number): Membership[] {
  const published = new Set<string>();
  const unsure = profilesWithUnidentifying(graph);
  for (const [id, working] of graph.identifiers) {
    const changed = membershipChanged(graph, working);
    if (changed) working.state.version = nextVersion(working.state.version, clock);
    if ((changed && isOfInterest(graph, id)) || becameNecessary(graph, id, unsure)) published.add(id);
  }
  // A set that grows while it is walked: a root that is added is looked at too, and is its own root.
  for (const id of published) {
    const { root } = graph.get(id);
    if (root !== id && graph.identifiers.has(root) && !graph.get(root).published) published.add(root);
  }
  for (const id of published) graph.get(id).published = true;
  return [...published].toSorted().map((id) => membershipOf(graph, id));
}

/**
 * Grows past every version that was published of the identifier: a database restored from a backup has forgotten the last
 * versions, but the stream has not, and newer wins.
 *
 * @param clock microseconds since 1970
 */
export function nextVersion(version: number, clock: number): number {
  return Math.max(version + 1, clock);
}

function membershipChanged(graph: ResolutionGraph, { state, original }: WorkingIdentifier): boolean {
  if (original === null)
    return state.root !== state.id || state.profile !== state.id || ambiguityOf(state) !== null;
  if (state.root !== original.root || state.profile !== original.profile) return true;
  if (isCountedAlike(state, original)) return false;
  return (
    isIdentifying(state, graph.limits) !== isIdentifying(original, graph.limits) ||
    ambiguityOf(state) !== ambiguityOf(original)
  );
}

/** Then it is as identifying and as ambiguous as it was. */
function isCountedAlike(state: IdentifierState, original: IdentifierState): boolean {
  return (
    state.degrees === original.degrees &&
    state.vouched === original.vouched &&
    mentionLevel(state) === mentionLevel(original)
  );
}

function isOfInterest(graph: ResolutionGraph, id: string): boolean {
  const state = graph.get(id);
  return state.published || state.touchpointCount > 0 || ambiguityOf(state) !== null;
}

/** An identifying member without touchpoints matters where the member that has them is not identifying. */
function becameNecessary(graph: ResolutionGraph, id: string, unsure: ReadonlySet<string>): boolean {
  const state = graph.get(id);
  if (state.published || !isIdentifying(state, graph.limits)) return false;
  if (state.root !== id) {
    return graph.identifiers.has(state.root) && !isIdentifying(graph.get(state.root), graph.limits);
  }
  return unsure.has(state.profile);
}

/** Profiles of which a loaded person identifier is not identifying. */
function profilesWithUnidentifying(graph: ResolutionGraph): Set<string> {
  const profiles = new Set<string>();
  for (const { state } of graph.identifiers.values()) {
    if (isPersonType(state.type) && state.linked && !isIdentifying(state, graph.limits))
      profiles.add(state.profile);
  }
  return profiles;
}
