/** Why two identifiers are in one profile, link by link; or why they are not, although something connects their profiles. */
import { isPersonType, isTransactionType } from '@throughline/contracts';
import { explainAttachment, loadAttachments } from './explain-attachment.ts';
import { profileOf, refusedDirect } from './explain-members.ts';
import type { ExplainedPersons } from './explain-persons.ts';
import { linkKey } from './evidence.ts';
import type { ExplainedLink, RefusedLink } from './explained-link.ts';
import { forestFrom, otherEnd } from './forest.ts';
import { basisOfJoin, loadVias } from './join-basis.ts';
import type { Loading } from './loads.ts';
import type { Join } from './person-layer.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

/** An attached identifier that has met identifiers of both profiles. */
export interface MetBoth {
  id: string;
  left: string;
  right: string;
}

export interface PairToExplain {
  left: string;
  right: string;
  /** Direct links between the two profiles, and what met both. */
  links: readonly { weaker: string; stronger: string }[];
  metBoth: readonly MetBoth[];
}

export interface ExplainedPair {
  /** From the left one to the right one; null when they are in two profiles. */
  path: ({ from: string } & ExplainedLink)[] | null;
  refused: ({ from: string } & RefusedLink)[];
  /** What met both and links them to each other at no level, with the reason. */
  notInferred: (MetBoth & { reason: 'mixed' | 'ambiguous' | 'shared' | 'vouched' })[];
  /** Splits that name identifiers of both. */
  splits: string[];
}

export function* explainPair(
  explained: ExplainedPersons,
  { left, right, links, metBoth }: PairToExplain,
): Loading<ExplainedPair> {
  const { graph, joined, refused } = explained;
  const named = [left, right, ...metBoth.map(({ id }) => id)];
  yield* graph.loadIdentifiers([...named, ...links.flatMap(({ weaker, stronger }) => [weaker, stronger])]);
  yield* graph.loadLinks([
    ...links,
    ...metBoth.flatMap((met) => [met.left, met.right].map((stronger) => ({ weaker: met.id, stronger }))),
  ]);
  yield* loadAttachments(graph, [...named, ...links.map(({ weaker }) => weaker)]);
  yield* loadChains(graph, [left, right]);
  yield* graph.loadIdentifiers(rootsOf(graph));
  const joins = [...joined, ...refused.map(({ join }) => join)];
  yield* loadVias(
    graph,
    joins.flatMap((join) => (join.kind === 'inferred' ? [join] : [])),
  );

  const [one, other] = [profileOf(graph, left), profileOf(graph, right)];
  if (one === other)
    return { path: pathOf(explained, left, right), refused: [], notInferred: [], splits: [] };
  const isBetween = (a: string, b: string): boolean => {
    const profiles = new Set([profileOf(graph, a), profileOf(graph, b)]);
    return profiles.has(one) && profiles.has(other);
  };
  return {
    path: null,
    refused: refusedBetween(explained, links, isBetween),
    notInferred: metBoth.flatMap((met) => notInferred(graph, met)),
    splits: splitsBetween(graph, one, other),
  };
}

/** Loads what a chain of attached identifiers leads over. */
function* loadChains(graph: ResolutionGraph, ids: readonly string[]): Loading<void> {
  const seen = new Set<string>();
  let next = [...ids];
  while (next.length > 0) {
    for (const id of next) seen.add(id);
    yield* graph.loadIdentifiers(next);
    yield* loadAttachments(graph, next);
    next = next.flatMap((id) => graph.get(id).parent ?? []).filter((id) => !seen.has(id));
  }
}

function rootsOf(graph: ResolutionGraph): string[] {
  return [...graph.identifiers.values()].map(({ state }) => state.root);
}

function pathOf(
  { graph, joined }: ExplainedPersons,
  left: string,
  right: string,
): NonNullable<ExplainedPair['path']> {
  const holding = forestFrom(profileOf(graph, left), joined);
  const up = (from: string) => climb(graph, holding, from);
  const [rising, falling] = [up(left), up(right)];
  while (rising.length > 0 && falling.length > 0 && rising.at(-1)?.from === falling.at(-1)?.from) {
    rising.pop();
    falling.pop();
  }
  return [...rising, ...falling.toReversed().map(({ from, to, basis }) => ({ from: to, to: from, basis }))];
}

function climb(graph: ResolutionGraph, holding: ReadonlyMap<string, Join>, start: string) {
  const links: NonNullable<ExplainedPair['path']> = [];
  let id = start;
  for (;;) {
    const join = holding.get(id);
    const link: ExplainedLink | null = isPersonType(graph.get(id).type)
      ? join === undefined
        ? null
        : { to: otherEnd(join, id), basis: basisOfJoin(graph, join) }
      : explainAttachment(graph, id);
    if (link === null) return links;
    links.push({ from: id, ...link });
    id = link.to;
  }
}

function refusedBetween(
  { graph, refused }: ExplainedPersons,
  links: PairToExplain['links'],
  isBetween: (a: string, b: string) => boolean,
): ExplainedPair['refused'] {
  const joins = refused.filter(({ join }) => isBetween(join.a, join.b));
  const direct = new Set(
    joins.flatMap(({ join }) =>
      join.kind === 'direct' ? [linkKey(join.a, join.b), linkKey(join.b, join.a)] : [],
    ),
  );
  return [
    ...joins.map(({ join, ...refusal }) => ({
      from: join.a,
      to: join.b,
      basis: basisOfJoin(graph, join),
      refusal,
    })),
    ...links.flatMap((pair) => {
      const key = linkKey(pair.weaker, pair.stronger);
      const link = graph.links.get(key);
      if (link === undefined || direct.has(key)) return [];
      return refusedDirect(graph, link, link.weaker).map((one) => ({ from: link.weaker, ...one }));
    }),
  ];
}

function notInferred(graph: ResolutionGraph, met: MetBoth): ExplainedPair['notInferred'] {
  const state = graph.get(met.id);
  const standings = [met.left, met.right].map((stronger) => {
    const link = graph.links.get(linkKey(met.id, stronger));
    return link === undefined ? null : graph.standingOf(link);
  });
  const level = Math.min(...standings.map((standing) => standing?.level ?? 0));
  if (level === 0) return [{ ...met, reason: 'shared' }];
  if (level <= graph.mixedLevelOf(met.id))
    return [{ ...met, reason: isTransactionType(state.type) ? 'ambiguous' : 'mixed' }];
  return state.vouched && level === 1 ? [{ ...met, reason: 'vouched' }] : [];
}

function splitsBetween(graph: ResolutionGraph, one: string, other: string): string[] {
  const profilesOf = (side: readonly string[] = []) =>
    new Set(side.flatMap((id) => (graph.identifiers.has(id) ? [profileOf(graph, id)] : [])));
  return [...graph.decisions.values()].flatMap(({ id, kind, sides }) => {
    if (kind !== 'split') return [];
    const [left, right] = [profilesOf(sides[0]), profilesOf(sides[1])];
    return (left.has(one) && right.has(other)) || (left.has(other) && right.has(one)) ? [id] : [];
  });
}
