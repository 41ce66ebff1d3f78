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
  type MentionedIdentifier,
  type Mentions,
  recordErased,
  recordMention,
  type TouchedByEvidence,
} from './mentions.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

export interface Erasure {
  /** The time T: touchpoints that occurred or were received by it are concerned, whenever they arrive. No two have the same. */
  at: string;
  extent: ReadonlySet<string>;
  /** Identifiers that were shared when it was carried out, with the strongest trust they were shared at. */
  sharedThen: ReadonlyMap<string, Trust>;
}

type Erasable = Pick<IncomingTouchpoint, 'trust' | 'occurredAt' | 'receivedAt'> & {
  /** All that it came with. */
  identifiers: readonly MentionedIdentifier[];
};

export interface Remainder {
  /** None when the touchpoint is dropped. */
  identifiers: readonly MentionedIdentifier[];
  /**
   * Of one that is dropped: identifiers whose first and last times it still counts for. Those that were shared, and blocked ones,
   * name no person, and reading all that mentions them again would have no bound.
   */
  mentioned: readonly MentionedIdentifier[];
  /** The time T of the first erasure that drops it; null where it stays, or where several have struck out all that it names. */
  erasedAt: string | null;
}

/** What erasures leave of a touchpoint; null when none concerns it. */
export function remainderOf(touchpoint: Erasable, erasures: readonly Erasure[]): Remainder | null {
  const bearing = erasures
    .filter(
      ({ at, extent }) =>
        (touchpoint.occurredAt <= at || touchpoint.receivedAt <= at) &&
        touchpoint.identifiers.some(({ id }) => extent.has(id)),
    )
    .toSorted((left, right) => compareText(left.at, right.at));
  if (bearing.length === 0) return null;
  const isErased = (id: string) => bearing.some(({ extent }) => extent.has(id));
  const remaining = touchpoint.identifiers.filter(
    ({ id, type, blocked }) => blocked || !isPersonType(type) || !isErased(id),
  );
  const dropping = bearing.find((erasure) => erasure.extent.has(belongedTo(touchpoint, erasure)));
  if (dropping === undefined) return { identifiers: remaining, mentioned: remaining, erasedAt: null };
  const mentioned = remaining.filter(
    ({ id, blocked }) => blocked || (!isErased(id) && dropping.sharedThen.has(id)),
  );
  return { identifiers: [], mentioned, erasedAt: dropping.at };
}

/** By what was shared when the erasure was carried out, so that what is dropped stays dropped and the rest stays. */
function belongedTo(touchpoint: Erasable, erasure: Erasure): string {
  const order = touchpoint.identifiers.toSorted(compareIdentifiers);
  const isFree = ({ id, blocked }: MentionedIdentifier) => {
    const sharedAt = erasure.sharedThen.get(id);
    return !blocked && (sharedAt === undefined || (sharedAt === 'public' && touchpoint.trust === 'server'));
  };
  return (order.find(isFree) ?? order[0])?.id ?? '';
}

export interface Remains {
  /** Links that lost evidence, with what is left of it. */
  links: Pick<Link, 'weaker' | 'stronger' | 'evidence' | 'alias'>[];
  mentions: Mentions[];
  dropped: StoredTouchpoint[];
  /** Touchpoints of which something is taken, with all that they came with as `counted`. */
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
