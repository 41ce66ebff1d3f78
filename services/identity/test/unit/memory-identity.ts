/**
 * Identity without a database: plays touchpoints, decisions, erasures and changes of rules on the resolver over a store of plain maps,
 * and publishes to a reader, so that thousands of histories can be run against the reference model.
 */
import type { IdentifierType } from '@throughline/contracts';
import type { StoredTouchpoint } from '../../src/core/belonging.ts';
import type { Decision } from '../../src/core/decision.ts';
import { type EvidenceWithdrawal, withdrawnPairs } from '../../src/core/evidence-withdrawal.ts';
import { createMeasure, type Erasure, type Remains, remainderOf } from '../../src/core/erasure.ts';
import { linkKey } from '../../src/core/evidence.ts';
import { newIdentifier, type ResolutionLimits } from '../../src/core/identifier-state.ts';
import {
  foldMentions,
  type KeptMention,
  keptMentions,
  mentionsAsTouchpoints,
} from '../../src/core/kept-mention.ts';
import {
  evidenceOf,
  type IncomingTouchpoint,
  type JudgedIdentifier,
  type MentionedIdentifier,
} from '../../src/core/mentions.ts';
import {
  erasedLinkAsTouchpoint,
  namedAsTouchpoint,
  vouchedAsTouchpoint,
} from '../../src/core/nameless-touchpoints.ts';
import { switchIdentifier } from '../../src/core/rules-switch.ts';
import { type Recheck, type Resolution, type ResolutionInput, resolve } from '../../src/core/resolve.ts';
import { MemoryGraph } from './memory-graph.ts';
import { PublishedStream } from './published-stream.ts';

export interface MemoryRules {
  limits: ResolutionLimits;
  /** Of the id of an identifier. */
  isBlocked: (id: string) => boolean;
  withdrawals: readonly EvidenceWithdrawal[];
  /** What they call an identifier, by any of its ids. */
  rename: (id: string) => { id: string; type: IdentifierType };
}

/** Of a touchpoint that is stored: what is there as it was sent, and what erasures have struck out. */
interface Left {
  sent: readonly MentionedIdentifier[];
  struck: readonly JudgedIdentifier[];
}

interface Erasing {
  before: IncomingTouchpoint;
  after: IncomingTouchpoint;
}

export class MemoryIdentity extends MemoryGraph {
  private rules: MemoryRules | null = null;
  /** By version: erasures judge by that of their time. */
  private readonly versions: (MemoryRules | null)[] = [null];
  private readonly left = new Map<string, Left>();
  /** By what they named when they were made. */
  private readonly made = new Map<string, Decision>();
  touchpoints = new Map<string, StoredTouchpoint>();
  /** Every touchpoint as it came, those that erasures dropped included. */
  private readonly originals = new Map<string, IncomingTouchpoint>();
  private readonly erasures: Erasure[] = [];
  /** What dropped touchpoints still count for. */
  private kept: KeptMention[] = [];
  readonly published = new PublishedStream();
  /** What holds each identifier, by the history of its changes alone. */
  readonly held = new Map<string, string>();
  private readonly reasons: [string, string | null][] = [];
  private rechecks: Recheck[] = [];

  constructor(limits: ResolutionLimits, pageSize = 2) {
    super(limits, pageSize);
  }

  private ruled(touchpoint: IncomingTouchpoint): IncomingTouchpoint {
    const { rules } = this;
    if (rules === null) return touchpoint;
    const called = touchpoint.identifiers.map((one) => calledBy(one, rules));
    const identifiers = [...new Map(called.map((one) => [one.id, one])).values()];
    const withdrawn = withdrawnPairs({ ...touchpoint, identifiers }, rules.withdrawals);
    return { ...touchpoint, identifiers, ...(withdrawn === null ? {} : { withdrawn }) };
  }

  /** Everything is computed again beside what is in force, and then takes its place. */
  changeRules(rules: MemoryRules): void {
    const draft = new MemoryIdentity(rules.limits, this.pageSize);
    draft.rules = rules;
    draft.consume(this.remainingAsSent());
    draft.run({ clock: 0, touchpoints: this.nameless(rules), stored: [], revisit: [] }, []);
    for (const decision of this.made.values()) draft.decide(decision);
    draft.settle();
    const limits = { former: this.limits, current: rules.limits };
    for (const [id, former] of this.identifiers) {
      if (draft.identifiers.has(id)) continue;
      draft.identifiers.set(id, newIdentifier(id, former.type, former.blocked));
    }
    for (const current of draft.identifiers.values()) {
      const former = this.identifiers.get(current.id) ?? null;
      const switched = switchIdentifier({ former, current, limits, clock: 0 });
      draft.identifiers.set(current.id, switched.state);
      if (switched.membership !== null) this.published.addMemberships([switched.membership]);
      if (switched.change !== null) this.held.set(current.id, switched.change.holder);
    }
    for (const [key, one] of draft.touchpoints) {
      const former = this.touchpoints.get(key);
      if (former === undefined) throw new Error('other rules have another touchpoint');
      const version = former.assignmentVersion + (former.primary === one.primary ? 0 : 1);
      draft.touchpoints.set(key, { ...one, assignmentVersion: version });
      this.published.assignments.set(key, { identifier: one.primary, version });
    }
    this.rules = rules;
    this.versions.push(rules);
    this.decisions.clear();
    for (const [id, decision] of draft.decisions) this.decisions.set(id, decision);
    this.limits = rules.limits;
    ({
      identifiers: this.identifiers,
      links: this.links,
      linksOf: this.linksOf,
      inferred: this.inferred,
      touchpoints: this.touchpoints,
      rechecks: this.rechecks,
    } = draft);
  }

  /** The touchpoints that are stored, with what erasures have left of them. */
  private remainingAsSent(): IncomingTouchpoint[] {
    return [...this.left].flatMap(([key, { sent }]) => {
      const original = this.originals.get(key);
      return original === undefined ? [] : [{ ...original, identifiers: sent }];
    });
  }

  /** What is stored of those that erasures have taken. */
  private nameless({ isBlocked }: MemoryRules): IncomingTouchpoint[] {
    const endOf = (id: string) => {
      const { type } = this.identifiers.get(id) ?? newIdentifier(id, 'user_id', false);
      return { id, type, blocked: isBlocked(id) };
    };
    const links = [...this.links.values()].flatMap(({ erasedLevel, weaker, stronger }) =>
      erasedLevel === 0 ? [] : [erasedLinkAsTouchpoint(erasedLevel, [endOf(weaker), endOf(stronger)])],
    );
    const vouched = [...this.identifiers.values()].flatMap((one) =>
      one.vouched && (one.firstServerAt === null || this.kept.some(({ id }) => id === one.id))
        ? [vouchedAsTouchpoint(endOf(one.id))]
        : [],
    );
    const mentions = this.kept.flatMap((kept) =>
      mentionsAsTouchpoints({ ...endOf(kept.id), verified: false, guessable: false }, kept),
    );
    return [...links, ...vouched, ...mentions];
  }

  /** Consumes a batch; copies of a touchpoint already stored are dropped. */
  consume(batch: readonly IncomingTouchpoint[]): void {
    const fresh: IncomingTouchpoint[] = [];
    for (const touchpoint of batch) {
      if (this.originals.has(touchpoint.key)) continue;
      this.originals.set(touchpoint.key, touchpoint);
      const { incoming, left } = this.judged(touchpoint, { sent: touchpoint.identifiers, struck: [] });
      if (left.sent.length > 0) this.left.set(touchpoint.key, left);
      fresh.push(incoming);
    }
    this.keep(fresh);
    this.run({ clock: 0, touchpoints: fresh, stored: [], revisit: [] }, fresh);
  }

  private keep(touchpoints: readonly IncomingTouchpoint[]): void {
    const dropped = touchpoints.flatMap(({ erasedAt = null, mentioned = [], ...one }) =>
      erasedAt === null ? [] : [{ ...one, erasedAt, mentioned }],
    );
    this.kept.push(...keptMentions(dropped));
  }

  decide(made: Decision): void {
    this.made.set(made.id, made);
    const decision = { ...made, sides: made.sides.map((side) => this.called(side)) };
    const ends = decision.sides.flat().flatMap((id) => {
      if (this.identifiers.has(id)) return [];
      const type = this.rules?.rename(id).type ?? 'user_id';
      return [{ id, type, blocked: this.rules?.isBlocked(id) === true }];
    });
    this.run({ clock: 0, touchpoints: [namedAsTouchpoint(ends)], stored: [], revisit: [], decision }, []);
    this.decisions.set(decision.id, decision);
    if (this.rules !== null) this.made.set(made.id, decision);
  }

  private called(ids: Iterable<string>): string[] {
    const { rules } = this;
    return rules === null ? [...ids] : [...new Set([...ids].map((id) => rules.rename(id).id))];
  }

  withdraw(id: string): void {
    const decision = this.decisions.get(id);
    if (!decision) return;
    this.run({ clock: 0, touchpoints: [], stored: [], revisit: decision.sides.flat(), withdrawn: id }, []);
    this.decisions.delete(id);
    this.made.delete(id);
  }

  /** What erasures leave of a touchpoint, by the rules in force. */
  private judged(
    original: IncomingTouchpoint,
    { sent, struck: before }: Left,
  ): { incoming: IncomingTouchpoint; left: Left; isChanged: boolean } {
    const { trust, occurredAt, receivedAt } = original;
    const namedBy = (version: number): JudgedIdentifier[] =>
      sent.map((one) => {
        const called = calledBy(one, this.versions[version] ?? null);
        const blocked = this.rules === null ? one.blocked : this.rules.isBlocked(called.id);
        return { ...called, blocked, blockedThen: called.blocked };
      });
    const remainder = remainderOf({ trust, occurredAt, receivedAt, struck: before, namedBy }, this.erasures);
    if (remainder === null) {
      const incoming = this.ruled({ ...original, identifiers: sent });
      return { incoming, left: { sent, struck: before }, isChanged: false };
    }
    const { places, struck, taken, mentioned, erasedAt } = remainder;
    const stays = places.flatMap((place) => sent[place] ?? []);
    const rest = this.ruled({ ...original, identifiers: stays });
    const incoming = { ...rest, taken, ...(stays.length === 0 ? { mentioned, erasedAt } : {}) };
    return { incoming, left: { sent: stays, struck }, isChanged: true };
  }

  /** In pages, as the job does. */
  erase(requested: Omit<Erasure, 'rules'>): void {
    const sharedThen = [...requested.sharedThen].map(
      ([id, trust]) => [this.called([id])[0] ?? id, trust] as const,
    );
    const erasure = {
      at: requested.at,
      rules: this.versions.length - 1,
      extent: new Set(this.called(requested.extent)),
      sharedThen: new Map(sharedThen.toSorted(([, left], [, right]) => (left < right ? -1 : 1))),
    };
    this.erasures.push(erasure);
    for (const { id, madeAt, sides } of this.decisions.values()) {
      if (madeAt > erasure.at || !sides.flat().some((one) => erasure.extent.has(one))) continue;
      this.leave({ endedDecisions: [id] }, [], sides.flat());
      this.decisions.delete(id);
      this.made.delete(id);
    }
    const concerned = this.concernedByErasures();
    for (const page of this.pagesOf(concerned)) this.drop(page);
    const remaining = this.remainingAsSent().map((one) => this.ruled(one));
    const { identifiers, pairs } = this.around(concerned);
    const isTaken = ({ id, blocked, erasedAt }: KeptMention): boolean =>
      erasure.extent.has(id) && !blocked && erasedAt < erasure.at;
    const taken = this.kept.filter(isTaken).map(({ id }) => id);
    this.kept = this.kept.filter((one) => !isTaken(one));
    for (const page of this.pagesOf(pairs)) {
      const measure = createMeasure(page, []);
      for (const one of remaining) measure.add(one);
      this.leave({ links: measure.result().links });
    }
    for (const page of this.pagesOf([...new Set([...identifiers, ...taken])])) {
      const measure = createMeasure([], page);
      for (const one of remaining) measure.add(one);
      const mentions = measure
        .result()
        .mentions.map((one) => foldMentions(one.id, [one, ...this.kept.filter(({ id }) => id === one.id)]));
      this.leave({ mentions });
    }
  }

  private concernedByErasures(): Erasing[] {
    return [...this.left].flatMap(([key, left]) => {
      const original = this.originals.get(key);
      if (original === undefined) return [];
      const before = this.ruled({ ...original, identifiers: left.sent });
      const judged = this.judged(original, left);
      if (!judged.isChanged) return [];
      if (judged.left.sent.length === 0) this.left.delete(key);
      else this.left.set(key, judged.left);
      return [{ before, after: judged.incoming }];
    });
  }

  private drop(page: readonly Erasing[]): void {
    const storedOf = ({ after }: Erasing): StoredTouchpoint[] => {
      const stored = this.touchpoints.get(after.key);
      return stored ? [{ ...stored, identifiers: after.identifiers }] : [];
    };
    const dropped = page.filter(({ after }) => after.identifiers.length === 0).flatMap(storedOf);
    const struck = page.filter(({ after }) => after.identifiers.length > 0).flatMap(storedOf);
    for (const { key } of dropped) {
      this.touchpoints.delete(key);
      this.published.assignments.delete(key);
    }
    for (const one of struck) this.touchpoints.set(one.key, one);
    this.keep(page.map(({ after }) => after));
    this.leave({ dropped, erased: page.map(({ after }) => ({ ...after, identifiers: [] })) }, struck);
    for (const id of new Set(dropped.map(({ primary }) => primary))) this.recount(id);
  }

  /** What is to be measured again: not those whose first and last times stay. */
  private around(concerned: readonly Erasing[]): {
    identifiers: string[];
    pairs: { weaker: string; stronger: string }[];
  } {
    const identifiers = new Set<string>();
    const pairs = new Map<string, { weaker: string; stronger: string }>();
    for (const { before, after } of concerned) {
      const keeps = new Set((after.mentioned ?? after.identifiers).map(({ id }) => id));
      for (const { id } of before.identifiers) if (!keeps.has(id)) identifiers.add(id);
      const { withdrawn: _withdrawn, ...shown } = before;
      for (const { weaker, stronger } of evidenceOf(shown)) {
        pairs.set(linkKey(weaker.id, stronger.id), { weaker: weaker.id, stronger: stronger.id });
      }
    }
    return { identifiers: [...identifiers], pairs: [...pairs.values()] };
  }

  private leave(
    remains: Partial<Remains>,
    stored: readonly StoredTouchpoint[] = [],
    revisit: readonly string[] = [],
  ): void {
    const nothingElse: Remains = { links: [], mentions: [], dropped: [], erased: [], endedDecisions: [] };
    const input = { clock: 0, touchpoints: [], stored, revisit, remains: { ...nothingElse, ...remains } };
    this.run(input, []);
  }

  private pagesOf<T>(all: readonly T[]): T[][] {
    const pages: T[][] = [];
    for (let start = 0; start < all.length; start += this.pageSize)
      pages.push(all.slice(start, start + this.pageSize));
    return pages;
  }

  /** Works off one page of the oldest recheck; false when there is none. */
  recheckOnce(): boolean {
    const recheck = this.rechecks.shift();
    if (!recheck) return false;
    if (recheck.kind !== 'touchpoints') {
      const concerned = this.concernedBy(recheck.kind, recheck.identifier);
      for (let start = 0; start < concerned.length; start += this.pageSize) {
        const revisit = concerned.slice(start, start + this.pageSize);
        this.run({ clock: 0, touchpoints: [], stored: [], revisit }, []);
      }
      return true;
    }
    const stored = [...this.touchpoints.values()].filter(({ primary }) => primary === recheck.identifier);
    for (let start = 0; start < stored.length; start += this.pageSize) {
      this.run(
        { clock: 0, touchpoints: [], stored: stored.slice(start, start + this.pageSize), revisit: [] },
        [],
      );
    }
    return true;
  }

  private concernedBy(kind: Exclude<Recheck['kind'], 'touchpoints'>, id: string): string[] {
    if (kind === 'children') {
      return [...this.identifiers.values()].flatMap((state) => (state.parent === id ? [state.id] : []));
    }
    return this.linksAt([id]).flatMap((link) => {
      if (kind === 'persons') return link.person ? [link.weaker === id ? link.stronger : link.weaker] : [];
      return link.stronger === id && !link.person ? [link.weaker] : [];
    });
  }

  settle(): void {
    while (this.recheckOnce());
  }

  private run(input: ResolutionInput, fresh: readonly IncomingTouchpoint[]): void {
    const work = { moved: this.pageSize, released: this.pageSize };
    this.apply(structuredClone(this.read(resolve(input, this.limits, work))), fresh);
  }

  private apply(resolution: Resolution, fresh: readonly IncomingTouchpoint[]): void {
    for (const { state } of resolution.identifiers) this.identifiers.set(state.id, state);
    for (const link of resolution.links) this.saveLink(link);
    for (const link of resolution.removedInferred) this.inferred.delete(`${link.via}|${link.a}|${link.b}`);
    for (const link of resolution.addedInferred) this.inferred.set(`${link.via}|${link.a}|${link.b}`, link);
    const byKey = new Map(fresh.map((touchpoint) => [touchpoint.key, touchpoint]));
    for (const assignment of resolution.assignments) {
      const { key, primary, assignmentVersion } = assignment;
      const incoming = byKey.get(key);
      const stored = this.touchpoints.get(key);
      const base = incoming ?? stored;
      if (!base) throw new Error('assigned an unknown touchpoint');
      this.touchpoints.set(key, {
        key,
        trust: base.trust,
        occurredAt: base.occurredAt,
        identifiers: base.identifiers,
        primary,
        assignmentVersion,
      });
      if (assignment.previous !== null) this.recount(assignment.previous);
      this.published.addMemberships(assignment.memberships);
      this.published.addAssignment(key, { identifier: primary, version: assignmentVersion });
    }
    for (const { reason, memberships } of resolution.memberships) {
      this.published.addMemberships(memberships);
      for (const { identifier } of memberships) this.reasons.push([identifier, reason]);
    }
    for (const { identifier, former, holder } of resolution.changes) {
      // Where a new transaction is attached at first, its first change says.
      const isFirst = !this.held.has(identifier) && this.isTransaction(identifier);
      if (!isFirst && (this.held.get(identifier) ?? identifier) !== (former ?? identifier))
        throw new Error(`the history of ${identifier} has a gap`);
      this.held.set(identifier, holder);
    }
    this.rechecks.push(...resolution.rechecks);
  }

  private recount(id: string): void {
    const state = this.identifiers.get(id);
    if (!state) return;
    const times = [...this.touchpoints.values()]
      .filter(({ primary }) => primary === id)
      .map((one) => one.occurredAt);
    times.sort();
    state.firstTouchpointAt = times[0] ?? null;
    state.lastTouchpointAt = times.at(-1) ?? null;
  }

  /** Profile id -> its touchpoints and identifiers, as the profile API would answer. */
  profiles(): Map<string, { identifiers: string[]; touchpoints: string[]; count: number }> {
    const profiles = new Map<string, { identifiers: string[]; touchpoints: string[]; count: number }>();
    const at = (id: string) => {
      const profile = this.profileOf(id);
      let entry = profiles.get(profile);
      if (!entry) profiles.set(profile, (entry = { identifiers: [], touchpoints: [], count: 0 }));
      return entry;
    };
    for (const state of this.identifiers.values()) {
      // What no touchpoint mentions any more and no decision names is in no profile.
      if (state.firstSeenAt === null && this.decisionsNaming([state.id]).length === 0) continue;
      const entry = at(state.id);
      entry.identifiers.push(state.id);
      entry.count += state.touchpointCount;
    }
    for (const { key, primary } of this.touchpoints.values()) at(primary).touchpoints.push(key);
    for (const entry of profiles.values()) {
      entry.identifiers.sort();
      entry.touchpoints.sort();
    }
    return profiles;
  }

  /** What the stream said why the identifier's membership changed. */
  reasonsOf(id: string): (string | null)[] {
    return this.reasons.flatMap(([identifier, reason]) => (identifier === id ? [reason] : []));
  }
}

function calledBy(one: MentionedIdentifier, rules: MemoryRules | null): MentionedIdentifier {
  if (rules === null) return one;
  const called = rules.rename(one.id);
  return { ...one, ...called, blocked: rules.isBlocked(called.id) };
}
