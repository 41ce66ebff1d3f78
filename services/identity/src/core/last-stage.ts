/**
 * What the last stage of the bound leaves of a component: each identifier keeps its best link to a stronger type, and of the
 * links that others keep to it the best few of each type. Links within one family of types go.
 */
import { compareIdentifierTypes, typeFamily } from '@throughline/contracts';
import type { Loading } from './loads.ts';
import { type Candidate, limitOf, sortCandidates } from './person-layer.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export class LastStage {
  private readonly graph: ResolutionGraph;
  /** Candidates of an identifier without inferred and public ones. */
  private readonly candidatesAt: (id: string) => Candidate[];
  // A hub asks each neighbour, and each neighbour asks the hub: remembered until more of the graph is loaded.
  private readonly best = new Map<string, string | null>();
  private readonly kept = new Map<string, ReadonlySet<string>>();
  private rememberedLinks = 0;

  constructor(graph: ResolutionGraph, candidatesAt: (id: string) => Candidate[]) {
    this.graph = graph;
    this.candidatesAt = candidatesAt;
  }

  keeps(candidate: Candidate): boolean {
    const { graph } = this;
    if (this.rememberedLinks !== graph.links.size) {
      this.best.clear();
      this.kept.clear();
      this.rememberedLinks = graph.links.size;
    }
    const isUpward = compareIdentifierTypes(graph.get(candidate.a).type, graph.get(candidate.b).type) > 0;
    const [weaker, stronger] = isUpward ? [candidate.a, candidate.b] : [candidate.b, candidate.a];
    if (this.bestUpward(weaker) !== stronger) return false;
    return this.keptAt(stronger, weaker).has(weaker);
  }

  /** The best of the type of `weaker` whose best link leads to `stronger`. */
  private keptAt(stronger: string, weaker: string): ReadonlySet<string> {
    const { type } = this.graph.get(weaker);
    const key = `${stronger} ${type}`;
    let kept = this.kept.get(key);
    if (kept === undefined) {
      const rivals: string[] = [];
      for (const { a, b } of sorted(this.graph, this.candidatesAt(stronger))) {
        const rival = a === stronger ? b : a;
        if (this.graph.get(rival).type !== type || this.bestUpward(rival) !== stronger) continue;
        rivals.push(rival);
        if (rivals.length === limitOf(type)) break;
      }
      kept = new Set(rivals);
      this.kept.set(key, kept);
    }
    return kept;
  }

  private bestUpward(id: string): string | null {
    const known = this.best.get(id);
    if (known !== undefined) return known;
    const own = this.graph.get(id).type;
    let found: string | null = null;
    for (const { a, b } of sorted(this.graph, this.candidatesAt(id))) {
      const other = a === id ? b : a;
      const { type } = this.graph.get(other);
      if (typeFamily(type) === typeFamily(own) || compareIdentifierTypes(type, own) > 0) continue;
      found = other;
      break;
    }
    this.best.set(id, found);
    return found;
  }

  /** The best link of an identifier depends on those of its neighbours, and theirs on the other links that are kept to them. */
  *loadRivals(ids: readonly string[]): Loading<string[]> {
    const all = new Set(ids);
    let ring: ReadonlySet<string> = all;
    for (let distance = 0; distance < 2; distance += 1) {
      const next = new Set<string>();
      for (const id of ring) for (const { a, b } of this.candidatesAt(id)) next.add(a).add(b);
      yield* this.graph.loadPersons(next, lastStage);
      for (const id of next) all.add(id);
      ring = next;
    }
    return [...all];
  }

  /**
   * A link that comes or goes takes the place of another one: of a rival at its stronger end, or at the end that its weaker
   * end has left. All of them are two links away at most, and are decided together.
   */
  *withRivals(ids: ReadonlySet<string>): Loading<Set<string>> {
    yield* this.graph.loadPersons(ids, lastStage);
    return new Set(yield* this.loadRivals([...ids]));
  }
}

export const lastStage = 4;

function sorted(graph: ResolutionGraph, candidates: readonly Candidate[]): Candidate[] {
  const types = new Map(candidates.flatMap(({ a, b }) => [a, b]).map((id) => [id, graph.get(id).type]));
  return sortCandidates(candidates, types);
}
