/**
 * Finds the components of person identifiers that a change has reached, resolves each, and writes the profiles into the
 * graph. Past the bound of a component, candidates are left out stage by stage (see the definition, "The bound").
 */
import { isPersonType } from '@throughline/contracts';
import { Components, type Component } from './components.ts';
import type { Decision } from './decision.ts';
import { linkKey, publicLevel } from './evidence.ts';
import { LastStage, lastStage } from './last-stage.ts';
import type { Loading } from './loads.ts';
import { type Candidate, type Join, type RefusedJoin, resolvePersons } from './person-layer.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export interface PersonResolution {
  joined: Join[];
  refused: RefusedJoin[];
  /** Attached identifiers that splits of these components name: their parents may have changed. */
  namedBySplits: Set<string>;
  /** Persons whose component is past the bound. */
  bounded: number;
}

/** Resolves the components of these persons, as they are with and without what has just changed. */
export function* resolveComponents(
  graph: ResolutionGraph,
  persons: ReadonlySet<string>,
): Loading<PersonResolution> {
  const search = new ComponentSearch(graph);
  const resolution: PersonResolution = { joined: [], refused: [], namedBySplits: new Set(), bounded: 0 };
  let pending = new Set([...persons].filter((id) => graph.get(id).linked));
  for (let stage = 0; stage <= lastStage && pending.size > 0; stage += 1) {
    if (stage === lastStage) pending = yield* search.last.withFormerNeighbours(pending);
    const past = new Set<string>();
    for (const component of yield* search.find(pending, stage)) {
      if (search.isWithinBound(component, stage)) {
        resolveOne(graph, component, candidatesOf(search, component, stage), stage, resolution);
        continue;
      }
      // Those that were decided at a later stage before, and that nothing has touched, stay as they are.
      for (const id of component.members)
        if (pending.has(id) || graph.get(id).boundStage <= stage) past.add(id);
    }
    pending = past;
    resolution.bounded += past.size;
  }
  return resolution;
}

function candidatesOf(search: ComponentSearch, component: Component, stage: number): Set<Candidate> {
  const candidates = new Set<Candidate>();
  for (const id of component.members) {
    for (const candidate of search.candidatesAt(id, stage)) if (id === candidate.a) candidates.add(candidate);
  }
  return candidates;
}

function resolveOne(
  graph: ResolutionGraph,
  component: Component,
  candidates: ReadonlySet<Candidate>,
  stage: number,
  resolution: PersonResolution,
): void {
  const members = new Set(component.members);
  const decisions = [...graph.decisions.values()].filter((decision: Decision) =>
    decision.sides.some((side) => side.some((id) => members.has(id))),
  );
  const clusters = resolvePersons({
    persons: component.members.map((id) => graph.get(id)),
    candidates: [...candidates],
    decisions,
    limits: graph.limits,
  });
  for (const [id, profile] of clusters.profileOf) {
    const state = graph.get(id);
    state.profile = profile;
    state.boundStage = stage;
  }
  for (const joined of clusters.joined) resolution.joined.push(joined);
  for (const refused of clusters.refused) resolution.refused.push(refused);
  for (const decision of decisions) {
    if (decision.kind !== 'split') continue;
    for (const id of decision.sides.flat()) {
      if (graph.identifiers.has(id) && !isPersonType(graph.get(id).type)) resolution.namedBySplits.add(id);
    }
  }
}

/** Most components end within this many links of their starts. */
const nearby = 3;
/** Identifiers that a farther search loads at a time beside those that it has reached. */
const readAhead = 64;

class ComponentSearch {
  readonly last: LastStage;
  private readonly graph: ResolutionGraph;

  constructor(graph: ResolutionGraph) {
    this.graph = graph;
    this.last = new LastStage(graph, (id) => this.withoutPeers(id));
  }

  isWithinBound({ members, links }: Component, stage: number): boolean {
    if (stage === lastStage) return true;
    const { boundPersons, boundLinks } = this.graph.limits;
    return members.length <= boundPersons && links <= boundLinks;
  }

  /** Components of the starts, complete while they are within the bound. */
  *find(starts: ReadonlySet<string>, stage: number): Loading<Component[]> {
    const components = new Components(starts);
    const expanded = new Set<string>();
    let frontier = [...starts];
    for (let distance = 0; frontier.length > 0; distance += 1) {
      const reached = new Set<string>();
      for (const page of this.pagesOf(frontier)) {
        const wanted = page.filter((id) => this.isWanted(components, id, stage));
        yield* this.graph.loadPersons(wanted, stage, distance < nearby ? 0 : readAhead);
        if (stage === lastStage) yield* this.last.loadDeciders(wanted);
        for (const id of wanted) {
          expanded.add(id);
          for (const candidate of this.candidatesAt(id, stage)) {
            const neighbour = candidate.a === id ? candidate.b : candidate.a;
            const component = components.connect(id, neighbour);
            if (candidate.kind === 'inferred') {
              component.inferredPairs.add(linkKey(candidate.a, candidate.b));
            } else if (!expanded.has(neighbour)) component.directLinks += 1;
            reached.add(neighbour);
          }
          for (const neighbour of this.mergedWith(id)) {
            components.connect(id, neighbour);
            reached.add(neighbour);
          }
        }
      }
      // A component only grows, so what is left out here because of the bound stays out.
      frontier = [...reached].filter((id) => !expanded.has(id));
    }
    return components.all();
  }

  /** Past the bound only those that were within it before are searched on: they must be resolved at a later stage. */
  private isWanted(components: Components, id: string, stage: number): boolean {
    return this.isWithinBound(components.of(id), stage) || this.graph.get(id).boundStage <= stage;
  }

  /** Pages of about as many links as the bound allows a component, by the degrees that their identifiers have. */
  private pagesOf(ids: readonly string[]): string[][] {
    const pages: string[][] = [[]];
    let weight = 0;
    for (const id of ids) {
      weight += 1 + this.graph.liveDegreeOf(id);
      if (weight > this.graph.limits.boundLinks && (pages.at(-1)?.length ?? 0) > 0) {
        pages.push([]);
        weight = 1 + this.graph.liveDegreeOf(id);
      }
      pages.at(-1)?.push(id);
    }
    return pages;
  }

  /** Merges connect, and the bound does not count them. What a policy has blocked since takes no part. */
  private mergedWith(id: string): string[] {
    const named: string[] = [];
    if (this.graph.get(id).blocked) return named;
    for (const { kind, sides } of this.graph.decisions.values()) {
      if (kind !== 'merge' || !sides[0]?.includes(id)) continue;
      for (const other of sides[0]) {
        if (!this.graph.identifiers.has(other)) continue;
        const { type, blocked } = this.graph.get(other);
        if (isPersonType(type) && !blocked) named.push(other);
      }
    }
    return named;
  }

  /** Candidates at a person that the stage leaves in. `a` and `b` are in no particular order. */
  candidatesAt(id: string, stage: number): Candidate[] {
    if (stage < lastStage) return this.beforeLast(id, stage);
    return this.withoutPeers(id).filter((candidate) => this.last.keeps(id, candidate));
  }

  private withoutPeers(id: string): Candidate[] {
    return this.directAt(id, lastStage);
  }

  private beforeLast(id: string, stage: number): Candidate[] {
    const candidates = this.directAt(id, stage);
    if (stage >= 3) return candidates;
    for (const link of this.graph.inferredAt(id)) {
      if (!link.person || (stage >= 1 && link.level === publicLevel)) continue;
      candidates.push({ kind: 'inferred', ...link });
    }
    return candidates;
  }

  private directAt(id: string, stage: number): Candidate[] {
    const candidates: Candidate[] = [];
    for (const link of this.graph.linksAt(id)) {
      if (!link.person || (stage === lastStage && link.sameFamily)) continue;
      const standing = this.graph.standingOf(link);
      if (!standing || (stage >= 2 && standing.level === publicLevel)) continue;
      const alias = link.alias && standing.level === 3;
      candidates.push({ kind: 'direct', a: link.weaker, b: link.stronger, ...standing, alias });
    }
    return candidates;
  }
}
