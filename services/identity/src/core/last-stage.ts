/**
 * What the last stage of the bound leaves of a component: each identifier's best link to a stronger type, if it is among the
 * best few that lead there from its type. Links within one family of types go. Whether a link is kept follows from the links
 * of its two ends alone, so no more of the graph is read than the two.
 */
import { compareIdentifierTypes, type IdentifierType } from '@throughline/contracts';
import type { Loading } from './loads.ts';
import { limitOf } from './identifier-state.ts';
import { type Candidate, sortCandidates } from './person-layer.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

interface Choice {
  /** The best link to a stronger type. */
  upward: string | null;
  /** The best links from weaker types. */
  downward: ReadonlySet<string>;
}

export class LastStage {
  private readonly graph: ResolutionGraph;
  /** Candidates of an identifier without inferred and public ones, and without those of its own family. */
  private readonly candidatesAt: (id: string) => Candidate[];
  /** Of identifiers whose links are loaded. */
  private readonly choices = new Map<string, Choice>();

  constructor(graph: ResolutionGraph, candidatesAt: (id: string) => Candidate[]) {
    this.graph = graph;
    this.candidatesAt = candidatesAt;
  }

  /** Of one that leads to `id`, whose deciders are loaded. */
  keeps(id: string, { a, b }: Candidate): boolean {
    const other = a === id ? b : a;
    const { upward, downward } = this.choiceOf(id);
    // The links of the other end are loaded only if this end has chosen it.
    if (upward === other) return this.choiceOf(other).downward.has(id);
    return downward.has(other) && this.choiceOf(other).upward === id;
  }

  /** Links of the identifiers that decide, with these, which links are kept. */
  *loadDeciders(ids: readonly string[]): Loading<void> {
    const deciders = new Set<string>();
    for (const id of ids) {
      const { upward, downward } = this.choiceOf(id);
      if (upward !== null) deciders.add(upward);
      for (const other of downward) deciders.add(other);
    }
    yield* this.graph.loadPersons(deciders, lastStage);
  }

  /**
   * A link that comes or goes takes the place of another one, at its own ends. So what must be decided with them is what they
   * were joined to before; what they keep now is found from them.
   */
  *withFormerNeighbours(ids: ReadonlySet<string>): Loading<Set<string>> {
    yield* this.graph.loadPersons(ids, lastStage);
    const all = new Set(ids);
    for (const id of ids) {
      const profile = this.graph.formerProfileOf(id);
      for (const { a, b } of this.candidatesAt(id)) {
        const other = a === id ? b : a;
        if (profile !== null && this.graph.formerProfileOf(other) === profile) all.add(other);
      }
    }
    return all;
  }

  /** By the links of the identifier alone. */
  private choiceOf(id: string): Choice {
    let choice = this.choices.get(id);
    if (choice === undefined) {
      choice = this.choose(id);
      this.choices.set(id, choice);
    }
    return choice;
  }

  private choose(id: string): Choice {
    const { graph } = this;
    const own = graph.get(id).type;
    let upward: string | null = null;
    const downward = new Set<string>();
    const taken = new Map<IdentifierType, number>();
    for (const { a, b } of sorted(graph, this.candidatesAt(id))) {
      const other = a === id ? b : a;
      const { type } = graph.get(other);
      if (compareIdentifierTypes(type, own) < 0) {
        upward ??= other;
        continue;
      }
      const count = taken.get(type) ?? 0;
      if (count === limitOf(type, graph.limits)) continue;
      taken.set(type, count + 1);
      downward.add(other);
    }
    return { upward, downward };
  }
}

export const lastStage = 4;

function sorted(graph: ResolutionGraph, candidates: readonly Candidate[]): Candidate[] {
  const types = new Map(candidates.flatMap(({ a, b }) => [a, b]).map((id) => [id, graph.get(id).type]));
  return sortCandidates(candidates, types);
}
