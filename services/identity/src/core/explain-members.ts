/**
 * Why the identifiers of a profile are in it: each but the founder is held by one link of the accepted forest. And why other
 * links of theirs, which lead to other profiles, join nothing.
 */
import { isPersonType } from '@throughline/contracts';
import type { ExplainedPersons } from './explain-persons.ts';
import {
  explainAttachment,
  loadAttachments,
  refusalOfAttachment,
  refusedParents,
  sharedRefusal,
} from './explain-attachment.ts';
import { type Level, type Link, linkKey } from './evidence.ts';
import type { ExplainedLink, RefusedLink } from './explained-link.ts';
import { forestFrom, otherEnd } from './forest.ts';
import { basisOfDeadLink, basisOfJoin, loadVias } from './join-basis.ts';
import type { Loading } from './loads.ts';
import type { Join } from './person-layer.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

/** A member, and some of its links that lead out of the profile. */
export interface MemberToExplain {
  id: string;
  elsewhere: readonly { weaker: string; stronger: string }[];
}

export interface ExplainedMember {
  id: string;
  blocked: boolean;
  /** Its links of this level and weaker link nothing; 0 when it is not shared. */
  sharedLevel: Level | 0;
  /** Of an attached one: it met two of a person type at this level, and joins no two people by its links up to it; 0 otherwise. */
  mixedLevel: Level | 0;
  vouched: boolean;
  /** How much the bound has left out of its component, 0 for nothing. */
  boundStage: number;
  /** Null of what the profile is founded on. */
  heldBy: ExplainedLink | null;
  refused: RefusedLink[];
}

/** @param profile the founding identifier */
export function* explainMembers(
  { graph, joined, refused }: ExplainedPersons,
  profile: string,
  members: readonly MemberToExplain[],
): Loading<ExplainedMember[]> {
  const pairs = members.flatMap(({ elsewhere }) => elsewhere);
  yield* graph.loadIdentifiers([
    ...members.map(({ id }) => id),
    ...pairs.flatMap(({ weaker, stronger }) => [weaker, stronger]),
  ]);
  yield* graph.loadLinks([...pairs]);
  yield* loadAttachments(graph, [...members.map(({ id }) => id), ...pairs.map(({ weaker }) => weaker)]);
  const shown = new Set(members.map(({ id }) => id));
  yield* loadVias(graph, inferredOf([...joined, ...refused.map(({ join }) => join)], shown));

  const holding = forestFrom(profile, joined);
  return members.map((member) => {
    const state = graph.get(member.id);
    const isPerson = isPersonType(state.type);
    const edge = holding.get(member.id);
    return {
      id: member.id,
      blocked: state.blocked,
      sharedLevel: graph.sharedLevelOf(member.id),
      mixedLevel: graph.mixedLevelOf(member.id),
      vouched: state.vouched,
      boundStage: isPerson ? state.boundStage : 0,
      heldBy: isPerson ? heldByJoin(graph, edge, member.id) : explainAttachment(graph, member.id),
      refused: refusedOf({ graph, joined, refused }, profile, member),
    };
  });
}

function heldByJoin(graph: ResolutionGraph, join: Join | undefined, id: string): ExplainedLink | null {
  return join === undefined ? null : { to: otherEnd(join, id), basis: basisOfJoin(graph, join) };
}

function inferredOf(joins: readonly Join[], shown: ReadonlySet<string>) {
  return joins.flatMap((join) =>
    join.kind === 'inferred' && (shown.has(join.a) || shown.has(join.b)) ? [join] : [],
  );
}

function refusedOf(
  { graph, refused }: ExplainedPersons,
  profile: string,
  { id, elsewhere }: MemberToExplain,
): RefusedLink[] {
  const joins = refused.filter(({ join }) => join.a === id || join.b === id);
  const direct = new Set(joins.flatMap(({ join }) => (join.kind === 'direct' ? [keyOf(join)] : [])));
  const inferred = isPersonType(graph.get(id).type)
    ? []
    : refusedParents(graph, id).filter(({ to }) => profileOf(graph, to) !== profile);
  return [
    ...joins.map(({ join, ...refusal }) => ({
      to: otherEnd(join, id),
      basis: basisOfJoin(graph, join),
      refusal,
    })),
    ...inferred,
    ...elsewhere.flatMap((pair) => {
      const link = graph.links.get(linkKey(pair.weaker, pair.stronger));
      return link === undefined || direct.has(keyOf({ a: link.weaker, b: link.stronger }))
        ? []
        : refusedDirect(graph, link, id);
    }),
  ];
}

export function refusedDirect(graph: ResolutionGraph, link: Link, id: string): RefusedLink[] {
  const refusal = link.person ? refusalOfPair(graph, link) : refusalOfAttachment(graph, link);
  if (refusal === null) return [];
  const standing = graph.standingOf(link);
  const basis =
    standing === null
      ? basisOfDeadLink(link)
      : { kind: 'direct' as const, level: standing.level, alias: false, shownBy: [standing.first] };
  return [{ to: link.weaker === id ? link.stronger : link.weaker, basis, refusal }];
}

/** Of a link between persons of two profiles that was not among the candidates that were refused. */
function refusalOfPair(graph: ResolutionGraph, link: Link) {
  return graph.standingOf(link) === null ? sharedRefusal(graph, link) : ({ reason: 'bound' } as const);
}

function keyOf({ a, b }: Pick<Join, 'a' | 'b'>): string {
  return a < b ? linkKey(a, b) : linkKey(b, a);
}

export function profileOf(graph: ResolutionGraph, id: string): string {
  const { root } = graph.get(id);
  return graph.identifiers.has(root) ? graph.get(root).profile : root;
}
