/** Profiles as a function of the world: the reference that production is compared with after every step. */
import type { IdentifierType, Trust } from '@throughline/contracts';
import { attachIdentifiers } from './attached-layer.ts';
import { allLinks, candidatesOf, endsById, inferredLinks } from './candidates.ts';
import {
  type Counts,
  countsOf,
  type Level,
  levelOfTrust,
  type Links,
  linksOf,
  type Mention,
  nodeOf,
  standingOf,
  strongestLevel,
} from './evidence.ts';
import {
  countedMentions,
  namelessMentions,
  primaryOf,
  remainingDecisions,
  remainingMentions,
} from './erasure.ts';
import { compareByCodePoint } from './code-points.ts';
import { compareNodes, type Node } from './ordering.ts';
import { isPerson, isTransaction } from './identifier-order.ts';
import { present } from './present.ts';
import { joinPersons, type RefusedLink } from './person-layer.ts';
import { type ReferenceAnswer, type ReferenceConsent, type ReferenceTrait, statedBy } from './stated.ts';
import { touchpointKey, type World } from './world.ts';

export interface ReferenceProfile {
  id: string;
  /** Ids, sorted. */
  identifiers: string[];
  /** Keys of the touchpoints that belong to them, sorted. */
  touchpoints: string[];
  traits: Record<string, ReferenceTrait>;
  consents: Record<string, ReferenceConsent>;
  /** By survey, then question. */
  feedback: Record<string, Record<string, ReferenceAnswer>>;
  /** By `occurredAt`; null when nothing belongs to it. */
  firstSeenAt: string | null;
  lastSeenAt: string | null;
  touchpointCount: number;
  identified: boolean;
}

export interface ReferenceIdentifier {
  id: string;
  type: IdentifierType;
  value: string;
  /** Of an attached identifier, the identifier that it is attached to. */
  parent: string | null;
  root: string;
  /** Id of the profile that holds it. */
  profile: string;
  identifying: boolean;
  /** The strongest level at which it is shared, 0 for none. */
  sharedLevel: Level | 0;
  /** Of a transaction: the strongest trust at which it has met two identifiers of one person type; null for none. */
  ambiguous: Trust | null;
  /** Bounds of `occurredAt` of what mentions it; null when only a decision names it. */
  firstSeenAt: string | null;
  lastSeenAt: string | null;
}

export interface ReferenceProfiles {
  /** Sorted by id. */
  profiles: ReferenceProfile[];
  identifiers: Map<string, ReferenceIdentifier>;
  /** Sorted by ends, kind and reason. */
  refused: RefusedLink[];
  /** Identifier id by touchpoint key; what an erasure dropped is absent. */
  belongsTo: Map<string, string>;
  /** Id of the order or receipt by touchpoint key; null for none. */
  transactionOf: Map<string, string | null>;
  /** By touchpoint, the transaction that it amends, where it is known. */
  amendsOf?: Map<string, string>;
}

export function referenceProfiles(world: World): ReferenceProfiles {
  const counts = countsOf(countedMentions(world), world.limits);
  const mentions = remainingMentions(world);
  const nameless = namelessMentions(world);
  const decisions = remainingDecisions(world);
  const links = linksOf(mentions);
  const nodes = nodesOf([
    ...[...mentions, ...nameless].flatMap((mention) => mention.nodes),
    ...decisions.flatMap(({ sides }) => sides.flat().map((identifier) => nodeOf(world, identifier))),
  ]);

  const persons = nodes.filter((node) => isPerson(node.type));
  const candidates = candidatesOf(nodes, links, counts);
  const { clusters, refused } = joinPersons(world, persons, decisions, candidates, counts);
  const inferred = inferredLinks(nodes, links, counts);
  const { parents, roots } = attachIdentifiers(
    world,
    nodes,
    decisions,
    { links, inferred, counts },
    clusters,
  );

  const mentioning = new Map<string, Mention[]>(nodes.map((node) => [node.id, []]));
  for (const mention of [...mentions, ...nameless]) {
    for (const node of mention.nodes) mentioning.get(node.id)?.push(mention);
  }
  const { belongsTo, belonging } = assignTouchpoints(mentions, counts);

  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const root = present(roots.get(node.id));
    const profile = foundingOf(clusters.get(root.id) ?? [root], mentioning).id;
    groups.set(profile, [...(groups.get(profile) ?? []), node]);
  }
  const identifiers = new Map<string, ReferenceIdentifier>();
  for (const [profile, members] of groups) {
    for (const node of members) {
      const parent = parents.get(node.id)?.id ?? null;
      const root = present(roots.get(node.id)).id;
      const described = describeIdentifier(node, mentioning.get(node.id) ?? [], counts);
      identifiers.set(node.id, { ...described, parent, root, profile });
    }
  }
  const profiles = [...groups].map(([id, members]): ReferenceProfile => {
    const own = members.flatMap((node) => belonging.get(node.id) ?? []);
    return {
      id,
      identifiers: members.map((node) => node.id).toSorted(),
      touchpoints: own.map(({ touchpoint }) => touchpointKey(touchpoint)).toSorted(compareByCodePoint),
      ...statedBy(own),
      ...seenBounds(own),
      touchpointCount: own.length,
      identified: members.some((node) => identifiers.get(node.id)?.identifying === true),
    };
  });
  return {
    profiles: profiles.toSorted((left, right) => compareByCodePoint(left.id, right.id)),
    identifiers,
    refused: [...refused, ...sharedLinks(links, counts)].toSorted(compareRefused),
    belongsTo,
    transactionOf: new Map(
      mentions.map((mention) => [touchpointKey(mention.touchpoint), transactionOf(mention)]),
    ),
  };
}

/** The identifier that each touchpoint belongs to, and what belongs to each identifier. */
function assignTouchpoints(
  mentions: readonly Mention[],
  counts: Counts,
): { belongsTo: Map<string, string>; belonging: Map<string, Mention[]> } {
  const belongsTo = new Map<string, string>();
  const belonging = new Map<string, Mention[]>();
  for (const mention of mentions) {
    const level = levelOfTrust(mention.touchpoint);
    const primary = primaryOf(mention.nodes, (node) => counts.shared(node, level));
    belongsTo.set(touchpointKey(mention.touchpoint), primary.id);
    belonging.set(primary.id, [...(belonging.get(primary.id) ?? []), mention]);
  }
  return { belongsTo, belonging };
}

function describeIdentifier(
  node: Node,
  mentions: readonly Mention[],
  counts: Counts,
): Omit<ReferenceIdentifier, 'parent' | 'root' | 'profile'> {
  return {
    id: node.id,
    type: node.type,
    value: node.value,
    identifying: isIdentifying(node, mentions, counts),
    sharedLevel: ([3, 2, 1] as const).find((level) => counts.shared(node, level)) ?? 0,
    ambiguous: ambiguityOf(node, counts),
    ...seenBounds(mentions),
  };
}

function nodesOf(mentioned: readonly Node[]): Node[] {
  return [...new Map(mentioned.map((node) => [node.id, node])).values()].toSorted(compareNodes);
}

/** Founding: by type, strongest trust that mentioned it, first time at that trust, id. */
function foundingOf(cluster: readonly Node[], mentioning: ReadonlyMap<string, readonly Mention[]>): Node {
  const ranked = cluster.map((node) => {
    const touchpoints = (mentioning.get(node.id) ?? []).map(({ touchpoint }) => touchpoint);
    const byServer = touchpoints
      .filter(({ trust }) => trust === 'server')
      .map(({ occurredAt }) => occurredAt);
    const byPublic = touchpoints
      .filter(({ trust }) => trust === 'public')
      .map(({ receivedAt }) => receivedAt);
    const trust = byServer.length > 0 ? 0 : byPublic.length > 0 ? 1 : 2;
    const first = (trust === 0 ? byServer : byPublic).toSorted(compareByCodePoint)[0] ?? '';
    return { node, trust, first };
  });
  const [founding] = ranked.toSorted((left, right) => {
    if (left.node.type !== right.node.type) return compareNodes(left.node, right.node);
    return (
      left.trust - right.trust ||
      compareByCodePoint(left.first, right.first) ||
      compareByCodePoint(left.node.id, right.node.id)
    );
  });
  return present(founding).node;
}

function isIdentifying(node: Node, mentions: readonly Mention[], counts: Counts): boolean {
  if (node.blocked || mentions.length === 0 || isTransaction(node.type)) return false;
  const byServer = mentions.some(({ touchpoint }) => touchpoint.trust === 'server');
  return !counts.shared(node, byServer ? 3 : 1);
}

function ambiguityOf(node: Node, counts: Counts): Trust | null {
  if (!isTransaction(node.type)) return null;
  if (counts.mixed(node, 3)) return 'server';
  return counts.mixed(node, 1) ? 'public' : null;
}

function transactionOf({ nodes }: Mention): string | null {
  return nodes.toSorted(compareNodes).find((node) => isTransaction(node.type) && !node.blocked)?.id ?? null;
}

function seenBounds(mentions: readonly Mention[]): { firstSeenAt: string | null; lastSeenAt: string | null } {
  const times = mentions.map(({ touchpoint }) => touchpoint.occurredAt).toSorted(compareByCodePoint);
  return { firstSeenAt: times[0] ?? null, lastSeenAt: times.at(-1) ?? null };
}

function sharedLinks(links: Links, counts: Counts): RefusedLink[] {
  return allLinks(links)
    .filter((link) => standingOf(link, counts) === null)
    .map((link) => {
      const [a, b] = endsById(link);
      return { a, b, kind: 'direct', level: strongestLevel(link), reason: 'shared' };
    });
}

function compareRefused(left: RefusedLink, right: RefusedLink): number {
  return compareByCodePoint(textOf(left), textOf(right));
}

function textOf({ a, b, kind, level, reason }: RefusedLink): string {
  return [a, b, kind, level, reason].join(' ');
}
