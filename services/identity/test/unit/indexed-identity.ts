/** The store of the resolver in memory, with an index for each question: for histories of hundreds of thousands of touchpoints. */
import type { StoredTouchpoint } from '../../src/core/belonging.ts';
import { type InferredLink, type Link, linkKey, usableStanding } from '../../src/core/evidence.ts';
import { defaultLimits, type IdentifierState, sharedLevel } from '../../src/core/identifier-state.ts';
import type { Load, LoadAnswer, Loading } from '../../src/core/loads.ts';
import type { IncomingTouchpoint } from '../../src/core/mentions.ts';
import { type Recheck, type Resolution, type ResolutionInput, resolve } from '../../src/core/resolve.ts';

const nothing: LoadAnswer = { identifiers: [], links: [], inferred: [], decisions: [] };
const page = 50;

/** Values by id, several each. */
class Index<T> {
  private readonly sets = new Map<string, Set<T>>();

  add(id: string, value: T): void {
    const set = this.sets.get(id);
    if (set) set.add(value);
    else this.sets.set(id, new Set([value]));
  }

  delete(id: string, value: T): void {
    this.sets.get(id)?.delete(value);
  }

  at(id: string): T[] {
    return [...(this.sets.get(id) ?? [])];
  }
}

export class IndexedIdentity {
  readonly identifiers = new Map<string, IdentifierState>();
  private readonly links = new Map<string, Link>();
  private readonly linksOf = new Index<string>();
  private readonly inferred = new Map<string, InferredLink>();
  private readonly inferredOf = new Index<string>();
  private readonly childrenOf = new Index<string>();
  private readonly touchpoints = new Map<string, StoredTouchpoint>();
  private readonly under = new Index<string>();
  private readonly rechecks: Recheck[] = [];

  /** Touchpoints that are all new. */
  consume(batch: readonly IncomingTouchpoint[]): void {
    this.run({ clock: 0, touchpoints: batch, stored: [], revisit: [] }, batch);
    for (let recheck = this.rechecks.shift(); recheck; recheck = this.rechecks.shift()) this.workOff(recheck);
  }

  profileOf(id: string): string {
    const root = this.identifiers.get(id)?.root ?? id;
    return this.identifiers.get(root)?.profile ?? root;
  }

  private workOff({ kind, identifier }: Recheck): void {
    if (kind === 'touchpoints') {
      const stored = this.under.at(identifier).flatMap((key) => this.touchpoints.get(key) ?? []);
      for (let start = 0; start < stored.length; start += page) {
        const some = stored.slice(start, start + page);
        this.run({ clock: 0, touchpoints: [], stored: some, revisit: [] }, []);
      }
      return;
    }
    const concerned = this.concernedBy(kind, identifier);
    for (let start = 0; start < concerned.length; start += page) {
      const revisit = concerned.slice(start, start + page);
      this.run({ clock: 0, touchpoints: [], stored: [], revisit }, []);
    }
  }

  private concernedBy(kind: Exclude<Recheck['kind'], 'touchpoints'>, id: string): string[] {
    if (kind === 'children') return this.childrenOf.at(id);
    return this.linksAt([id]).flatMap((link) => {
      if (kind === 'persons') return link.person ? [link.weaker === id ? link.stronger : link.weaker] : [];
      return link.stronger === id && !link.person ? [link.weaker] : [];
    });
  }

  private run(input: ResolutionInput, fresh: readonly IncomingTouchpoint[]): void {
    const resolving: Loading<Resolution> = resolve(input, defaultLimits);
    let step = resolving.next();
    while (!step.done) step = resolving.next(this.answer(step.value));
    this.apply(step.value, new Map(fresh.map((one) => [one.key, one])));
  }

  private apply(resolution: Resolution, fresh: ReadonlyMap<string, IncomingTouchpoint>): void {
    for (const { state } of resolution.identifiers) {
      const before = this.identifiers.get(state.id)?.parent ?? null;
      if (before !== state.parent) {
        if (before !== null) this.childrenOf.delete(before, state.id);
        if (state.parent !== null) this.childrenOf.add(state.parent, state.id);
      }
      this.identifiers.set(state.id, state);
    }
    for (const link of resolution.links) {
      const key = linkKey(link.weaker, link.stronger);
      this.links.set(key, link);
      for (const id of [link.weaker, link.stronger]) this.linksOf.add(id, key);
    }
    for (const link of resolution.removedInferred) this.setInferred(link, null);
    for (const link of resolution.addedInferred) this.setInferred(link, link);
    for (const { key, primary, previous, assignmentVersion } of resolution.assignments) {
      const base = fresh.get(key) ?? this.touchpoints.get(key);
      if (base === undefined) throw new Error('assigned an unknown touchpoint');
      const { trust, occurredAt, identifiers } = base;
      this.touchpoints.set(key, { key, trust, occurredAt, identifiers, primary, assignmentVersion });
      if (previous !== null) this.under.delete(previous, key);
      this.under.add(primary, key);
    }
    this.rechecks.push(...resolution.rechecks);
  }

  private setInferred({ via, a, b }: InferredLink, link: InferredLink | null): void {
    const key = `${via}|${a}|${b}`;
    if (link === null) this.inferred.delete(key);
    else this.inferred.set(key, link);
    for (const id of [via, a, b]) {
      if (link === null) this.inferredOf.delete(id, key);
      else this.inferredOf.add(id, key);
    }
  }

  /** Links are changed in place by the resolver, so each answer has its own. */
  private linksAt(ids: readonly string[]): Link[] {
    const keys = new Set(ids.flatMap((id) => this.linksOf.at(id)));
    return [...keys].flatMap((key) => this.copyOf(key));
  }

  private copyOf(key: string): Link[] {
    const link = this.links.get(key);
    return link === undefined ? [] : [{ ...link, evidence: [...link.evidence] }];
  }

  private statesOf(ids: readonly string[]): IdentifierState[] {
    return ids.flatMap((id) => this.identifiers.get(id) ?? []);
  }

  private inferredAt(ids: readonly string[]): InferredLink[] {
    const keys = new Set(ids.flatMap((id) => this.inferredOf.at(id)));
    return [...keys].flatMap((key) => this.inferred.get(key) ?? []);
  }

  private answer(load: Load): LoadAnswer {
    switch (load.kind) {
      case 'identifiers':
        return { ...nothing, identifiers: this.statesOf(load.ids) };
      case 'links':
        return {
          ...nothing,
          links: load.pairs.flatMap((pair) => this.copyOf(linkKey(pair.weaker, pair.stronger))),
        };
      case 'children': {
        const children = load.ids.flatMap((id) => this.childrenOf.at(id));
        return { ...nothing, identifiers: this.statesOf(children.slice(0, load.most)) };
      }
      case 'namedBySplits':
        return nothing;
      case 'attached': {
        const asked = new Set(load.ids);
        return {
          ...nothing,
          links: this.linksAt(load.ids).filter((link) => asked.has(link.weaker) && this.isUsable(link)),
          inferred: this.inferredAt(load.ids).filter(
            (link) => asked.has(link.via) || (!link.person && asked.has(link.a)),
          ),
        };
      }
      case 'persons':
        return {
          ...nothing,
          links: this.linksAt(load.ids).filter(
            (link) => link.person && !(load.stage >= 4 && link.sameFamily) && this.isUsable(link),
          ),
          inferred: this.inferredAt(load.ids).filter((link) => link.person),
        };
    }
  }

  private isUsable(link: Link): boolean {
    const shared = this.statesOf([link.weaker, link.stronger]).map((state) =>
      sharedLevel(state, defaultLimits),
    );
    return usableStanding(link, Math.max(0, ...shared)) !== null;
  }
}
