/** What joins of person identifiers, and attachments, are based on: the touchpoints that show it. */
import type { Basis } from './explained-link.ts';
import { bestLevel, type InferredLink, type Link, type Moment, publicLevel } from './evidence.ts';
import type { Loading } from './loads.ts';
import type { Parent } from './attached-layer.ts';
import type { Join } from './person-layer.ts';
import type { ResolutionGraph } from './resolution-graph.ts';

/** Loads what the bases of these say: the links of what infers them. */
export function* loadVias(
  graph: ResolutionGraph,
  inferred: readonly Pick<InferredLink, 'via' | 'a' | 'b'>[],
): Loading<void> {
  yield* graph.loadIdentifiers(inferred.flatMap(({ via, a, b }) => [via, a, b]));
  yield* graph.loadLinks(
    inferred.flatMap(({ via, a, b }) => [a, b].map((stronger) => ({ weaker: via, stronger }))),
  );
}

export function basisOfJoin(graph: ResolutionGraph, join: Join): Basis {
  if (join.kind === 'merge') return { kind: 'merge', decision: join.decision };
  if (join.kind === 'direct')
    return { kind: 'direct', level: join.level, alias: join.alias, shownBy: [join.first] };
  return inferredBasis(graph, join);
}

export function basisOfParent(graph: ResolutionGraph, child: string, parent: Parent): Basis {
  if (parent.kind === 'merge') return { kind: 'merge', decision: parent.decision.id };
  const { level, first } = parent.standing;
  if (parent.via === null) return { kind: 'direct', level, alias: false, shownBy: [first] };
  return inferredBasis(graph, { via: parent.via, a: child, b: parent.id, level, first });
}

/** Of a link that links nothing: its strongest evidence. */
export function basisOfDeadLink(link: Link): Basis {
  const level = bestLevel(link) || publicLevel;
  const first = link.evidence[level - 1];
  return { kind: 'direct', level, alias: false, shownBy: first ? [first] : [] };
}

function inferredBasis(
  graph: ResolutionGraph,
  { via, a, b, level, first }: Pick<InferredLink, 'via' | 'a' | 'b' | 'level' | 'first'>,
): Basis {
  const shownBy = [a, b].flatMap((end): Moment[] => {
    const link = graph.linksAt(via).find((one) => one.weaker === via && one.stronger === end);
    const standing = link === undefined ? null : graph.standingOf(link);
    return standing === null ? [] : [standing.first];
  });
  return { kind: 'inferred', level, via, shownBy: shownBy.length === 2 ? shownBy : [first] };
}
