/**
 * The store of the resolver as plain maps: answers what it asks for, as the database does, without one, so that thousands of
 * histories can be run against the reference model.
 */
import { isTransactionType } from '@throughline/contracts';
import type { Decision } from '../../src/core/decision.ts';
import { type InferredLink, type Link, linkKey, usableStanding } from '../../src/core/evidence.ts';
import { type IdentifierState, type ResolutionLimits, sharedLevel } from '../../src/core/identifier-state.ts';
import type { Load, LoadAnswer, Loading } from '../../src/core/loads.ts';

const nothing: LoadAnswer = { identifiers: [], links: [], inferred: [], decisions: [] };

export class MemoryGraph {
  limits: ResolutionLimits;
  identifiers = new Map<string, IdentifierState>();
  links = new Map<string, Link>();
  protected linksOf = new Map<string, Set<string>>();
  inferred = new Map<string, InferredLink>();
  readonly decisions = new Map<string, Decision>();
  /** Of what is worked off in pages, and of what is read ahead. */
  protected readonly pageSize: number;

  constructor(limits: ResolutionLimits, pageSize: number) {
    this.limits = limits;
    this.pageSize = pageSize;
  }

  /** Runs what only reads. */
  read<T>(resolving: Loading<T>): T {
    let step = resolving.next();
    while (!step.done) step = resolving.next(structuredClone(this.answer(step.value)));
    return step.value;
  }

  isTransaction(id: string): boolean {
    return isTransactionType(this.identifiers.get(id)?.type ?? 'user_id');
  }

  protected saveLink(link: Link): void {
    const key = linkKey(link.weaker, link.stronger);
    this.links.set(key, link);
    for (const id of [link.weaker, link.stronger]) {
      const keys = this.linksOf.get(id) ?? new Set();
      this.linksOf.set(id, keys.add(key));
    }
  }

  protected linksAt(ids: readonly string[]): Link[] {
    const keys = new Set(ids.flatMap((id) => [...(this.linksOf.get(id) ?? [])]));
    return [...keys].flatMap((key) => this.links.get(key) ?? []);
  }

  private answer(load: Load): LoadAnswer {
    switch (load.kind) {
      case 'identifiers':
        return { ...nothing, identifiers: load.ids.flatMap((id) => this.identifiers.get(id) ?? []) };
      case 'links':
        return {
          ...nothing,
          links: load.pairs.flatMap((pair) => this.links.get(linkKey(pair.weaker, pair.stronger)) ?? []),
        };
      case 'children':
        return {
          ...nothing,
          identifiers: [...this.identifiers.values()]
            .filter(({ parent }) => parent !== null && load.ids.includes(parent))
            .slice(0, load.most),
        };
      case 'namedBySplits': {
        const named = this.linksAt(load.ids).filter(
          (link) =>
            !link.person &&
            load.ids.includes(link.stronger) &&
            this.decisionsNaming([link.weaker]).some(({ kind }) => kind === 'split'),
        );
        return { ...nothing, identifiers: named.flatMap(({ weaker }) => this.identifiers.get(weaker) ?? []) };
      }
      case 'attached':
        return {
          identifiers: [],
          links: this.linksAt(load.ids).filter(
            (link) => load.ids.includes(link.weaker) && this.isUsable(link),
          ),
          inferred: [...this.inferred.values()].filter(
            (link) => load.ids.includes(link.via) || (!link.person && load.ids.includes(link.a)),
          ),
          decisions: this.decisionsNaming(load.ids),
        };
      case 'persons': {
        const ahead = this.personsAround(load.ids, Math.min(load.ahead, this.pageSize));
        const ids = [...load.ids, ...ahead];
        return {
          identifiers: [],
          links: this.linksAt(ids).filter(
            (link) => link.person && !(load.stage >= 4 && link.sameFamily) && this.isUsable(link),
          ),
          inferred: [...this.inferred.values()].filter(
            (link) => link.person && (ids.includes(link.a) || ids.includes(link.b)),
          ),
          decisions: this.decisionsNaming(ids),
          ahead,
        };
      }
    }
  }

  private personsAround(ids: readonly string[], most: number): string[] {
    const reached = new Set(ids);
    for (const id of reached) {
      for (const link of this.linksAt([id])) {
        if (reached.size >= ids.length + most) break;
        if (link.person) reached.add(link.weaker).add(link.stronger);
      }
    }
    return [...reached].slice(ids.length);
  }

  protected decisionsNaming(ids: readonly string[]): Decision[] {
    return [...this.decisions.values()].filter((decision) =>
      decision.sides.flat().some((id) => ids.includes(id)),
    );
  }

  private isUsable(link: Link): boolean {
    const shared = [link.weaker, link.stronger].map((id) => {
      const state = this.identifiers.get(id);
      return state ? sharedLevel(state, this.limits) : 0;
    });
    return usableStanding(link, Math.max(...shared)) !== null;
  }

  profileOf(id: string): string {
    const root = this.identifiers.get(id)?.root ?? id;
    return this.identifiers.get(root)?.profile ?? root;
  }

  sharedLevelOf(id: string): number {
    const state = this.identifiers.get(id);
    return state ? sharedLevel(state, this.limits) : 0;
  }
}
