/** "Erasure" of the definition: what remains of the touchpoints, and which decisions end. */
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

/** The touchpoints that no erasure dropped, with the identifiers that none removed. */
export function remainingMentions(world: World): Mention[] {
  return world.touchpoints.flatMap((touchpoint) => {
    const mention = mentionOf(world, touchpoint);
    const applicable = applicableTo(world, mention);
    if (applicable.some((erasure) => isDroppedBy(world, erasure, mention))) return [];
    const erasedIds = erasedBy(world, applicable);
    const isRemoved = (node: Node) => isPerson(node.type) && !node.blocked && erasedIds.has(node.id);
    const nodes = mention.nodes.filter((node) => !isRemoved(node));
    return nodes.length > 0 ? [{ ...mention, nodes }] : [];
  });
}

/** Every touchpoint with all that it came with: what counts. Of what erasures have taken, nothing is withdrawn. */
export function countedMentions(world: World): Mention[] {
  const remaining = new Map(
    remainingMentions(world).map(({ touchpoint, nodes }) => [touchpoint, new Set(nodes.map(({ id }) => id))]),
  );
  return world.touchpoints.map((touchpoint) => {
    const mention = mentionOf(world, touchpoint);
    const left = remaining.get(touchpoint) ?? new Set();
    return {
      ...mention,
      isWithdrawn: (one, other) => left.has(one.id) && left.has(other.id) && mention.isWithdrawn(one, other),
    };
  });
}

/** Of the touchpoints that were dropped: the identifiers whose first and last times they still count for. */
export function namelessMentions(world: World): Mention[] {
  return world.touchpoints.flatMap((touchpoint) => {
    const mention = mentionOf(world, touchpoint);
    const applicable = applicableTo(world, mention);
    const first = applicable.find((erasure) => isDroppedBy(world, erasure, mention));
    if (first === undefined) return [];
    const erasedIds = erasedBy(world, applicable);
    const sharedIds = new Set(first.shared.map(({ identifier }) => nodeOf(world, identifier).id));
    const nodes = mention.nodes.filter(
      (node) => node.blocked || (!erasedIds.has(node.id) && sharedIds.has(node.id)),
    );
    return [{ ...mention, nodes }];
  });
}

/** Earliest first. */
function applicableTo(world: World, { touchpoint, nodes }: Mention): WorldErasure[] {
  return world.erasures
    .filter((erasure) => {
      const extent = extentOf(world, erasure);
      return isBy(touchpoint, erasure.at) && nodes.some((node) => extent.has(node.id));
    })
    .toSorted((left, right) => (left.at < right.at ? -1 : 1));
}

function erasedBy(world: World, erasures: readonly WorldErasure[]): Set<string> {
  return new Set(erasures.flatMap((erasure) => [...extentOf(world, erasure)]));
}

function isBy(touchpoint: WorldTouchpoint, time: string): boolean {
  return touchpoint.occurredAt <= time || touchpoint.receivedAt <= time;
}

function isDroppedBy(world: World, erasure: WorldErasure, { touchpoint, nodes }: Mention): boolean {
  const sharedThen = (node: Node): boolean =>
    erasure.shared.some(
      ({ identifier, trust }) =>
        nodeOf(world, identifier).id === node.id && (trust === 'server' || touchpoint.trust === 'public'),
    );
  return extentOf(world, erasure).has(primaryOf(nodes, sharedThen).id);
}

function extentOf(world: World, erasure: WorldErasure): Set<string> {
  return new Set(erasure.identifiers.map((identifier) => nodeOf(world, identifier).id));
}

/** The decisions that no erasure ended. */
export function remainingDecisions(world: World): WorldDecision[] {
  return world.decisions.filter(
    (decision) =>
      !world.erasures.some((erasure) => {
        const extent = extentOf(world, erasure);
        const named = decision.sides.flat().map((identifier) => nodeOf(world, identifier).id);
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
