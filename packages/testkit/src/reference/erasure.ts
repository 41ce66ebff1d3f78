/** "Erasure" of the definition: what remains of the touchpoints, and which decisions end. */
import type { Identifier } from '@throughline/contracts';
import { countsOf, type Mention, mentionOf, nodeOf } from './evidence.ts';
import { isPerson } from './identifier-order.ts';
import { compareNodes, type Node } from './ordering.ts';
import type { World, WorldDecision, WorldErasure, WorldTouchpoint } from './world.ts';

/** The strongest identifier that is neither blocked nor shared; if none is left, the strongest. */
export function primaryOf(nodes: readonly Node[], isShared: (node: Node) => boolean): Node {
  const strongestFirst = nodes.toSorted(compareNodes);
  const primary = strongestFirst.find((node) => !node.blocked && !isShared(node)) ?? strongestFirst[0];
  if (primary === undefined) throw new Error('a touchpoint without identifiers');
  return primary;
}

/** What erasures leave of one touchpoint, and what they take of it. */
interface Judgement {
  left: Identifier[];
  /** Struck out, by the names that the erasure which did it had for them. */
  struck: Node[];
  /** What was there before an erasure took something, by its names, and which of it stayed. */
  taken: { mention: Mention; stays: Set<string> }[];
  /** Of one that is dropped: the identifiers whose first and last times it still counts for. */
  nameless: Node[] | null;
}

/** One erasure after the other, by their times. */
function judge(world: World, touchpoint: WorldTouchpoint): Judgement {
  const judgement: Judgement = {
    left: touchpoint.identifiers,
    struck: [],
    taken: [],
    nameless: null,
  };
  const erasures = world.erasures
    .filter(({ at }) => isBy(touchpoint, at))
    .toSorted((left, right) => (left.at < right.at ? -1 : 1));
  for (const erasure of erasures) {
    const naming = erasure.naming ?? world;
    const extent = extentOf(world, erasure);
    const nameOf = (identifier: Identifier) => nodeOf(world, identifier, naming);
    const mention = mentionOf(world, { ...touchpoint, identifiers: judgement.left }, naming);
    const all = [...judgement.struck, ...mention.nodes];
    if (!all.some((node) => extent.has(node.id))) continue;
    if (extent.has(primaryOf(all, (node) => sharedThen(world, erasure, touchpoint, node)).id)) {
      judgement.taken.push({ mention, stays: new Set() });
      judgement.nameless = namelessOf(world, erasure, judgement.left, erasures);
      judgement.left = [];
      return judgement;
    }
    const isRemoved = (node: Node) => isPerson(node.type) && !node.blocked && extent.has(node.id);
    const removed = mention.nodes.filter(isRemoved);
    if (removed.length === 0) continue;
    judgement.left = judgement.left.filter((identifier) => !isRemoved(nameOf(identifier)));
    judgement.struck.push(...removed);
    judgement.taken.push({ mention, stays: new Set(judgement.left.map((one) => nameOf(one).id)) });
  }
  return judgement;
}

/** Of what is dropped: blocked values, and what was shared and is in no extent, those of later erasures included. */
function namelessOf(
  world: World,
  dropping: WorldErasure,
  left: readonly Identifier[],
  erasures: readonly WorldErasure[],
): Node[] {
  const naming = dropping.naming ?? world;
  const sharedIds = new Set(dropping.shared.map(({ identifier }) => nodeOf(world, identifier, naming).id));
  const nodes = left.flatMap((identifier) => {
    const node = nodeOf(world, identifier, naming);
    const isErased = erasures.some((erasure) => {
      const by = erasure.at <= dropping.at ? (erasure.naming ?? world) : naming;
      return extentOf(world, erasure).has(nodeOf(world, identifier, by).id);
    });
    return node.blocked || (!isErased && sharedIds.has(node.id)) ? [node] : [];
  });
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

/** The touchpoints that no erasure dropped, with the identifiers that none removed. */
export function remainingMentions(world: World): Mention[] {
  return world.touchpoints.flatMap((touchpoint) => {
    const { left } = judge(world, touchpoint);
    return left.length > 0 ? [mentionOf(world, { ...touchpoint, identifiers: left })] : [];
  });
}

/** What counts: what remains, and what erasures have taken, of which nothing is withdrawn. */
export function countedMentions(world: World): Mention[] {
  return world.touchpoints.flatMap((touchpoint) => {
    const { left, taken } = judge(world, touchpoint);
    const remaining = mentionOf(world, { ...touchpoint, identifiers: left });
    return [
      remaining,
      ...taken.map(({ mention, stays }) => ({
        ...mention,
        isWithdrawn: (one: Node, other: Node) => stays.has(one.id) && stays.has(other.id),
      })),
    ];
  });
}

/** Of the touchpoints that were dropped: the identifiers whose first and last times they still count for. */
export function namelessMentions(world: World): Mention[] {
  return world.touchpoints.flatMap((touchpoint) => {
    const { nameless } = judge(world, touchpoint);
    if (nameless === null) return [];
    const nodes = nameless.map((node) => ({ ...node, blocked: world.isBlocked(node.type, node.value) }));
    return [{ ...mentionOf(world, touchpoint), nodes }];
  });
}

function isBy(touchpoint: WorldTouchpoint, time: string): boolean {
  return touchpoint.occurredAt <= time || touchpoint.receivedAt <= time;
}

function sharedThen(world: World, erasure: WorldErasure, touchpoint: WorldTouchpoint, node: Node): boolean {
  return erasure.shared.some(
    ({ identifier, trust }) =>
      nodeOf(world, identifier, erasure.naming).id === node.id &&
      (trust === 'server' || touchpoint.trust === 'public'),
  );
}

function extentOf(world: World, erasure: WorldErasure): Set<string> {
  return new Set(erasure.identifiers.map((identifier) => nodeOf(world, identifier, erasure.naming).id));
}

/** The decisions that no erasure ended. */
export function remainingDecisions(world: World): WorldDecision[] {
  return world.decisions.filter(
    (decision) =>
      !world.erasures.some((erasure) => {
        const extent = extentOf(world, erasure);
        const named = decision.sides.flat().map((one) => nodeOf(world, one, erasure.naming).id);
        return decision.madeAt <= erasure.at && named.some((id) => extent.has(id));
      }),
  );
}

/** What an erasure carried out in this world writes down as shared. */
export function sharedAround(world: World, extent: WorldErasure['identifiers']): WorldErasure['shared'] {
  const extentIds = new Set(extent.map((identifier) => nodeOf(world, identifier).id));
  const mentions = countedMentions(world);
  const counts = countsOf(mentions, world.limits);
  const around = new Map<string, Node>();
  for (const { nodes } of mentions) {
    if (nodes.some((node) => extentIds.has(node.id))) for (const node of nodes) around.set(node.id, node);
  }
  return [...around.values()].toSorted(compareNodes).flatMap((node) => {
    const level = ([3, 1] as const).find((candidate) => counts.shared(node, candidate));
    if (level === undefined) return [];
    const identifier = { type: node.type, value: node.value };
    return [{ identifier, trust: level === 3 ? ('server' as const) : ('public' as const) }];
  });
}
