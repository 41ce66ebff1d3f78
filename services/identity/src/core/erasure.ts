/**
 * Erasure on the graph: what is left of a touchpoint, and what is left of the evidence. Counts never go down: a link keeps
 * the level that it was counted at, so erasing makes no link usable that was not, and joins no profiles.
 */
import { compareText, isPersonType, type Trust } from '@throughline/contracts';
import type { StoredTouchpoint } from './belonging.ts';
import { addEvidence, compareIdentifiers, type Link, linkKey } from './evidence.ts';
import { nothingSeen } from './kept-mention.ts';
import type { Loading } from './loads.ts';
import {
  evidenceOf,
  type IncomingTouchpoint,
  type JudgedIdentifier,
  type Mentions,
  recordErased,
  recordMention,
  type TakenEvidence,
  type TouchedByEvidence,
} from './mentions.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export interface Erasure {
  /** The time T: touchpoints that occurred or were received by it are concerned, whenever they arrive. No two have the same. */
  at: string;
  /** Version of the rules that were in force when it was requested: it judges by what they call identifiers, and what they block. */
  rules: number;
  extent: ReadonlySet<string>;
  /** Identifiers that were shared when it was carried out, with the strongest trust they were shared at. */
  sharedThen: ReadonlyMap<string, Trust>;
}

export type Erasable = Pick<IncomingTouchpoint, 'trust' | 'occurredAt' | 'receivedAt'> & {
  /** Struck out by erasures before, as those named them. */
  struck: readonly JudgedIdentifier[];
  /** Those that are there, always in the same order, as a version of the rules names them: two may be one. */
  namedBy: (rules: number) => readonly JudgedIdentifier[];
};

export interface Remainder {
  /** Places of those that are left; none when the touchpoint is dropped. */
  places: readonly number[];
  /** All that were struck out, now or before. */
  struck: readonly JudgedIdentifier[];
  taken: readonly TakenEvidence[];
  /**
   * Of one that is dropped: identifiers whose first and last times it still counts for. Those that were shared, and blocked ones,
   * name no person, and reading all that mentions them again would have no bound.
   */
  mentioned: readonly JudgedIdentifier[];
  /** The time T of the first erasure that drops it; null where it stays, or where several have struck out all that it names. */
  erasedAt: string | null;
}

/** What erasures leave of a touchpoint, one after the other by their times; null when they take nothing. */
export function remainderOf(touchpoint: Erasable, erasures: readonly Erasure[]): Remainder | null {
  const applicable = erasures
    .filter(({ at }) => touchpoint.occurredAt <= at || touchpoint.receivedAt <= at)
    .toSorted((left, right) => compareText(left.at, right.at));
  const struck = [...touchpoint.struck];
  const taken: TakenEvidence[] = [];
  let places: readonly number[] | null = null;
  for (const erasure of applicable) {
    const named = touchpoint.namedBy(erasure.rules);
    places ??= named.map((_one, place) => place);
    const present: JudgedIdentifier[] = places.flatMap((place) => named[place] ?? []);
    const all = [...struck, ...present];
    if (!all.some(({ id }) => erasure.extent.has(id))) continue;
    if (erasure.extent.has(belongedTo(all, touchpoint.trust, erasure))) {
      taken.push(evidenceTakenOf(present, []));
      const mentioned = mentionedOf(touchpoint, { dropping: erasure, places }, applicable);
      return { places: [], struck, taken, mentioned, erasedAt: erasure.at };
    }
    const isStruck = ({ id, type, blockedThen }: JudgedIdentifier): boolean =>
      !blockedThen && isPersonType(type) && erasure.extent.has(id);
    const gone = present.filter(isStruck);
    if (gone.length === 0) continue;
    const left: JudgedIdentifier[] = present.filter((one) => !isStruck(one));
    taken.push(evidenceTakenOf(present, left));
    struck.push(...gone);
    places = places.filter((place) => left.includes(named[place] as JudgedIdentifier));
  }
  if (taken.length === 0) return null;
  return { places: places ?? [], struck, taken, mentioned: [], erasedAt: null };
}

/** Of what is there when it is dropped, by all erasures: those since judge what is left of it as this one names it. */
function mentionedOf(
  touchpoint: Erasable,
  { dropping, places }: { dropping: Erasure; places: readonly number[] },
  erasures: readonly Erasure[],
): JudgedIdentifier[] {
  const isErased = (place: number): boolean =>
    erasures.some(({ at, rules, extent }) => {
      const judging = at <= dropping.at ? rules : dropping.rules;
      return extent.has(touchpoint.namedBy(judging)[place]?.id ?? '');
    });
  const named = touchpoint.namedBy(dropping.rules);
  return places.flatMap((place) => {
    const one = named[place];
    if (one === undefined) return [];
    return one.blockedThen || (!isErased(place) && dropping.sharedThen.has(one.id)) ? [one] : [];
  });
}

/** The pairs of those that were there of which one goes. */
function evidenceTakenOf(
  present: readonly JudgedIdentifier[],
  left: readonly JudgedIdentifier[],
): TakenEvidence {
  const stays = new Set(left.map(({ id }) => id));
  const counting = present.filter(({ blockedThen }) => !blockedThen);
  const pairs = counting.flatMap((one, place) =>
    counting
      .slice(place + 1)
      .filter((other) => other.id !== one.id && !(stays.has(one.id) && stays.has(other.id)))
      .map((other) => [one, other] as const),
  );
  return { identifiers: present, pairs };
}

/** By what was shared when the erasure was carried out, so that what is dropped stays dropped and the rest stays. */
function belongedTo(identifiers: readonly JudgedIdentifier[], trust: Trust, erasure: Erasure): string {
  const order = identifiers.toSorted(compareIdentifiers);
  const isFree = ({ id, blockedThen }: JudgedIdentifier) => {
    const sharedAt = erasure.sharedThen.get(id);
    return !blockedThen && (sharedAt === undefined || (sharedAt === 'public' && trust === 'server'));
  };
  return (order.find(isFree) ?? order[0])?.id ?? '';
}

export interface Remains {
  /** Links that lost evidence, with what is left of it. */
  links: Pick<Link, 'weaker' | 'stronger' | 'evidence' | 'alias'>[];
  mentions: Mentions[];
  dropped: StoredTouchpoint[];
  /** Touchpoints of which something is taken, with what is taken. */
  erased: IncomingTouchpoint[];
  endedDecisions: string[];
}

export interface Measure {
  /** @param touchpoint one that remains, with the identifiers that remain */
  add(touchpoint: IncomingTouchpoint): void;
  result(): Pick<Remains, 'links' | 'mentions'>;
}

/**
 * Evidence and mentions of these links and identifiers, by the touchpoints that are added: all that remain and name them. What dropped
 * ones still count for is no part of it.
 */
export function createMeasure(
  links: readonly { weaker: string; stronger: string }[],
  identifiers: readonly string[],
): Measure {
  const measured = new Map<string, Remains['links'][number]>();
  for (const { weaker, stronger } of links) {
    measured.set(linkKey(weaker, stronger), { weaker, stronger, evidence: [null, null, null], alias: false });
  }
  const mentions = new Map<string, Mentions>();
  for (const id of identifiers) {
    mentions.set(id, nothingSeen(id));
  }
  return {
    add(touchpoint) {
      for (const { weaker, stronger, level, moment, alias } of evidenceOf(touchpoint)) {
        const left = measured.get(linkKey(weaker.id, stronger.id));
        if (!left) continue;
        addEvidence(left, level, moment);
        left.alias ||= alias;
      }
      for (const { id, original } of touchpoint.identifiers) {
        const mention = mentions.get(id);
        if (mention) recordMention(mention, touchpoint, original);
      }
    },
    result: () => ({ links: [...measured.values()], mentions: [...mentions.values()] }),
  };
}

/** Lays what remains over the graph. */
export function* applyRemains(
  graph: ResolutionGraph,
  remains: Remains,
  touched: TouchedByEvidence,
): Loading<void> {
  yield* graph.loadIdentifiers([
    ...remains.mentions.map(({ id }) => id),
    ...remains.links.flatMap(({ weaker, stronger }) => [weaker, stronger]),
    ...remains.dropped.map(({ primary }) => primary),
  ]);
  yield* graph.loadLinks(remains.links);
  for (const decision of remains.endedDecisions) graph.withdraw(decision);
  for (const mention of remains.mentions) {
    const state = graph.get(mention.id);
    Object.assign(state, mention);
    if (state.linked) touched.persons.add(state.id);
    else if (!isPersonType(state.type)) touched.attached.add(state.id);
  }
  for (const left of remains.links) {
    const key = linkKey(left.weaker, left.stronger);
    const link = graph.links.get(key);
    if (!link) continue;
    link.evidence = left.evidence;
    link.alias = left.alias;
    graph.changedLinks.add(link);
    if (link.person) touched.persons.add(link.weaker).add(link.stronger);
    else touched.attached.add(link.weaker);
  }
  for (const { primary } of remains.dropped) graph.get(primary).touchpointCount -= 1;
  yield* recordErased(graph, remains.erased, touched);
}
