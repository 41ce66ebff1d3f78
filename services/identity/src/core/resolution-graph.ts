/** The part of the graph that a resolution has loaded, with its changes on top. Knows what was already asked for. */
import {
  type InferredLink,
  type Level,
  type Link,
  linkKey,
  type Standing,
  usableStanding,
} from './evidence.ts';
import type { Decision } from './decision.ts';
import {
  degreeAbove,
  type IdentifierState,
  mixedLevel,
  type ResolutionLimits,
  sharedLevel,
} from './identifier-state.ts';
import type { Load, LoadAnswer, Loading } from './loads.ts';
import { defaultWorkLimits, type WorkLimits } from './work-limits.ts';

export interface WorkingIdentifier {
  state: IdentifierState;
  /** As loaded; null for one that is new. */
  original: IdentifierState | null;
}

export function inferredKey(link: InferredLink): string {
  return `${link.via}|${link.a}|${link.b}`;
}

function addTo<T>(index: Map<string, T[]>, key: string, value: T): void {
  const existing = index.get(key);
  if (existing) existing.push(value);
  else index.set(key, [value]);
}

const none: readonly never[] = [];

export class ResolutionGraph {
  readonly limits: ResolutionLimits;
  readonly work: WorkLimits;
  readonly identifiers = new Map<string, WorkingIdentifier>();
  /** Changed in place: each is this graph's own. */
  readonly links = new Map<string, Link>();
  readonly changedLinks = new Set<Link>();
  readonly inferred = new Map<string, InferredLink>();
  readonly addedInferred = new Map<string, InferredLink>();
  readonly removedInferred = new Map<string, InferredLink>();
  readonly decisions = new Map<string, Decision>();
  private readonly withdrawn = new Set<string>();
  private readonly linksOf = new Map<string, Link[]>();
  private readonly inferredOf = new Map<string, InferredLink[]>();
  /** First stage at which a person's links were loaded: a store may leave out what earlier stages need. */
  private readonly personsLoaded = new Map<string, number>();
  private readonly attachedLoaded = new Set<string>();
  private readonly sharedLevels = new Map<string, Level | 0>();
  /** Evidence and degrees change before the first is asked for. */
  private readonly standings = new Map<Link, Standing | null>();

  constructor(limits: ResolutionLimits, work: WorkLimits = defaultWorkLimits) {
    this.limits = limits;
    this.work = work;
  }

  get(id: string): IdentifierState {
    const working = this.identifiers.get(id);
    if (!working) throw new Error(`identifier ${id} was not loaded`);
    return working.state;
  }

  /** The profile that a person identifier had before this resolution; null for a new one. */
  formerProfileOf(id: string): string | null {
    return this.identifiers.get(id)?.original?.profile ?? null;
  }

  isNew(id: string): boolean {
    return this.identifiers.get(id)?.original === null;
  }

  create(state: IdentifierState): void {
    this.identifiers.set(state.id, { state, original: null });
    // Nothing in the store can speak of an identifier that it does not have.
    this.personsLoaded.set(state.id, 0);
    this.attachedLoaded.add(state.id);
  }

  sharedLevelOf(id: string): Level | 0 {
    let level = this.sharedLevels.get(id);
    if (level === undefined) {
      level = sharedLevel(this.get(id), this.limits);
      this.sharedLevels.set(id, level);
    }
    return level;
  }

  /** Most links to person identifiers that can be usable: its neighbours at the levels that it is not shared at. */
  liveDegreeOf(id: string): number {
    return degreeAbove(this.get(id), this.sharedLevelOf(id));
  }

  mixedLevelOf(id: string): Level | 0 {
    return mixedLevel(this.get(id));
  }

  degreesChanged(id: string): void {
    this.sharedLevels.delete(id);
    this.standings.clear();
  }

  standingOf(link: Link): Standing | null {
    let standing = this.standings.get(link);
    if (standing === undefined) {
      const shared = Math.max(this.sharedLevelOf(link.weaker), this.sharedLevelOf(link.stronger));
      standing = usableStanding(link, shared);
      this.standings.set(link, standing);
    }
    return standing;
  }

  addLink(link: Link): void {
    const key = linkKey(link.weaker, link.stronger);
    if (this.links.has(key)) return;
    this.links.set(key, link);
    addTo(this.linksOf, link.weaker, link);
    addTo(this.linksOf, link.stronger, link);
  }

  linksAt(id: string): readonly Link[] {
    return this.linksOf.get(id) ?? none;
  }

  /** Live inferred links that touch a person or come from an attached identifier. */
  inferredAt(id: string): readonly InferredLink[] {
    const links = this.inferredOf.get(id);
    if (links === undefined) return none;
    return this.removedInferred.size === 0 ? links : links.filter((link) => this.isLive(link));
  }

  private isLive(link: InferredLink): boolean {
    return this.inferred.get(inferredKey(link)) === link;
  }

  private indexInferred(link: InferredLink): void {
    this.inferred.set(inferredKey(link), link);
    for (const id of [link.via, link.a, link.b]) addTo(this.inferredOf, id, link);
  }

  addInferred(link: InferredLink): void {
    this.indexInferred(link);
    this.addedInferred.set(inferredKey(link), link);
  }

  removeInferred(link: InferredLink): void {
    const key = inferredKey(link);
    this.inferred.delete(key);
    this.addedInferred.delete(key);
    this.removedInferred.set(key, link);
  }

  private absorb(answer: LoadAnswer): void {
    for (const state of answer.identifiers) {
      if (this.identifiers.has(state.id)) continue;
      this.identifiers.set(state.id, { state: { ...state }, original: state });
    }
    for (const link of answer.links) this.addLink(link);
    for (const link of answer.inferred) {
      const key = inferredKey(link);
      if (!this.inferred.has(key) && !this.removedInferred.has(key)) this.indexInferred(link);
    }
    for (const decision of answer.decisions) {
      if (!this.withdrawn.has(decision.id)) this.decisions.set(decision.id, decision);
    }
  }

  /** From here on as if the decision had never been made. */
  withdraw(decisionId: string): void {
    this.withdrawn.add(decisionId);
    this.decisions.delete(decisionId);
  }

  private *load(request: Load): Loading<LoadAnswer> {
    const answer = yield request;
    this.absorb(answer);
    return answer;
  }

  *loadIdentifiers(ids: Iterable<string>): Loading<void> {
    const missing = [...new Set(ids)].filter((id) => !this.identifiers.has(id));
    if (missing.length > 0) yield* this.load({ kind: 'identifiers', ids: missing });
  }

  *loadLinks(pairs: { weaker: string; stronger: string }[]): Loading<void> {
    const missing = pairs.filter((pair) => !this.links.has(linkKey(pair.weaker, pair.stronger)));
    if (missing.length > 0) yield* this.load({ kind: 'links', pairs: missing });
  }

  /** The links of attached identifiers and the states of the identifiers that they lead to. */
  *loadAttached(ids: Iterable<string>): Loading<void> {
    const missing = [...new Set(ids)].filter((id) => !this.attachedLoaded.has(id));
    if (missing.length === 0) return;
    for (const id of missing) this.attachedLoaded.add(id);
    const answer = yield* this.load({ kind: 'attached', ids: missing });
    yield* this.loadEnds(answer);
  }

  /** @param ahead how many others, which these lead to, may be loaded with them */
  *loadPersons(ids: Iterable<string>, stage: number, ahead = 0): Loading<void> {
    const missing = [...new Set(ids)].filter((id) => this.needsPersons(id, stage));
    if (missing.length === 0) return;
    const answer = yield* this.load({ kind: 'persons', ids: missing, stage, ahead });
    for (const id of [...missing, ...(answer.ahead ?? [])]) {
      if (this.needsPersons(id, stage)) this.personsLoaded.set(id, stage);
    }
    yield* this.loadEnds(answer);
  }

  private needsPersons(id: string, stage: number): boolean {
    return (this.personsLoaded.get(id) ?? Infinity) > stage;
  }

  *loadChildren(ids: string[], most: number): Loading<string[]> {
    const answer = yield* this.load({ kind: 'children', ids: ids.toSorted(), most });
    return answer.identifiers.map((state) => state.id);
  }

  *loadNamedBySplits(ids: string[]): Loading<string[]> {
    const answer = yield* this.load({ kind: 'namedBySplits', ids: ids.toSorted() });
    return answer.identifiers.map((state) => state.id);
  }

  private *loadEnds(answer: LoadAnswer): Loading<void> {
    const ids = new Set<string>();
    for (const link of answer.links) ids.add(link.weaker).add(link.stronger);
    for (const link of answer.inferred) ids.add(link.a).add(link.b);
    for (const decision of answer.decisions)
      for (const side of decision.sides) for (const id of side) ids.add(id);
    yield* this.loadIdentifiers(ids);
  }
}
