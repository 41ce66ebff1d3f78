/** "Evidence" of the definition: links between identifiers with their first moment per level, and what follows from counting them. */
import type { Identifier } from '@throughline/contracts';
import { isUnguessable } from './guessable-code.ts';
import { familyOf, isPerson, isTransaction, placeOfFamily } from './identifier-order.ts';
import { compareMoments, compareNodes, type Moment, type Node } from './ordering.ts';
import { present } from './present.ts';
import type { World, WorldLimits, WorldNaming, WorldTouchpoint, WorldWithdrawal } from './world.ts';

/** 1 public, 2 verified, 3 server. */
export type Level = 1 | 2 | 3;
export const levelsStrongestFirst: readonly Level[] = [3, 2, 1];

/** A touchpoint with the identifiers it mentions, which an erasure may have made fewer. */
export interface Mention {
  touchpoint: WorldTouchpoint;
  nodes: Node[];
  verified: Set<string>;
  /** Whether what it shows of the two is withdrawn. */
  isWithdrawn: (one: Node, other: Node) => boolean;
}

export function levelOfTrust(touchpoint: WorldTouchpoint): Level {
  return touchpoint.trust === 'server' ? 3 : 1;
}

export function nodeOf(world: World, identifier: Identifier, naming: WorldNaming = world): Node {
  const { type, value } = naming.nameOf?.(identifier) ?? identifier;
  return { id: world.identifierId(type, value), type, value, blocked: naming.isBlocked(type, value) };
}

export function mentionOf(world: World, touchpoint: WorldTouchpoint, naming: WorldNaming = world): Mention {
  const named = touchpoint.identifiers.map((identifier) => nodeOf(world, identifier, naming));
  return {
    touchpoint,
    nodes: [...new Map(named.map((node) => [node.id, node])).values()].toSorted(compareNodes),
    verified: new Set((touchpoint.verified ?? []).map((identifier) => nodeOf(world, identifier, naming).id)),
    isWithdrawn: (one, other) =>
      (world.withdrawals ?? []).some((withdrawal) => isSelected(world, withdrawal, touchpoint, [one, other])),
  };
}

/** "Withdrawn evidence" of the definition. */
function isSelected(
  world: World,
  { source, by, from, to, touchpoint: only, link }: WorldWithdrawal,
  touchpoint: WorldTouchpoint,
  pair: readonly Node[],
): boolean {
  if (touchpoint.source !== source) return false;
  if (only !== null && touchpoint.id !== only) return false;
  if (from !== null && touchpoint[by] < from) return false;
  if (to !== null && touchpoint[by] > to) return false;
  if (link === null) return true;
  const ends = link.map((identifier) => nodeOf(world, identifier).id);
  return pair.every((node) => ends.includes(node.id));
}

export interface Link {
  /** The stronger end by (type, id). */
  strong: Node;
  weak: Node;
  /** First evidence per level. */
  firsts: Map<Level, Moment>;
  alias: boolean;
}

/** All links, found under both of their ends. */
export type Links = Map<string, Link[]>;

export function linksOf(mentions: readonly Mention[]): Links {
  const byPair = new Map<string, Link>();
  const links: Links = new Map();
  for (const { touchpoint, nodes, verified, isWithdrawn } of mentions) {
    for (const [index, strong] of nodes.entries()) {
      for (const weak of nodes.slice(index + 1)) {
        if (strong.blocked || weak.blocked || isWithdrawn(strong, weak)) continue;
        const pair = `${strong.id} ${weak.id}`;
        let link = byPair.get(pair);
        if (link === undefined) {
          link = { strong, weak, firsts: new Map(), alias: false };
          byPair.set(pair, link);
          for (const end of [strong, weak]) links.set(end.id, [...(links.get(end.id) ?? []), link]);
        }
        addEvidence(link, touchpoint, verified.has(strong.id) && verified.has(weak.id));
      }
    }
  }
  return links;
}

function addEvidence(link: Link, touchpoint: WorldTouchpoint, proven: boolean): void {
  const level: Level = touchpoint.trust === 'server' ? 3 : proven ? 2 : 1;
  const time = level === 1 ? touchpoint.receivedAt : touchpoint.occurredAt;
  const moment: Moment = { time, source: touchpoint.source, touchpointId: touchpoint.id };
  const first = link.firsts.get(level);
  if (first === undefined || compareMoments(moment, first) < 0) link.firsts.set(level, moment);
  const bothUsers = link.strong.type === 'user_id' && link.weak.type === 'user_id';
  if (touchpoint.trust === 'server' && touchpoint.type === 'alias' && bothUsers) link.alias = true;
}

export function otherEnd(link: Link, node: Node): Node {
  return link.strong.id === node.id ? link.weak : link.strong;
}

export function strongestLevel(link: Link): Level {
  return present(levelsStrongestFirst.find((level) => link.firsts.has(level)));
}

/** What is counted over all touchpoints ever, erased ones included. */
export interface Counts {
  degree: (node: Node, level: Level, family: string) => number;
  shared: (node: Node, level: Level) => boolean;
  mixed: (node: Node, level: Level) => boolean;
  known: (node: Node) => boolean;
  /** A transaction that a server has mentioned and whose number can be guessed. */
  vouched: (node: Node) => boolean;
}

export function countsOf(mentions: readonly Mention[], limits: WorldLimits): Counts {
  const links = linksOf(mentions);
  const vouchedIds = new Set(
    mentions.flatMap(({ touchpoint, nodes }) =>
      touchpoint.trust === 'server'
        ? nodes.filter(({ type, value }) => isTransaction(type) && !isUnguessable(value)).map(({ id }) => id)
        : [],
    ),
  );
  const vouched = (node: Node): boolean => vouchedIds.has(node.id);

  const linksAt = (node: Node, level: Level): Link[] =>
    (links.get(node.id) ?? []).filter((link) => strongestLevel(link) >= level);

  const degree = (node: Node, level: Level, family: string): number =>
    linksAt(node, level).filter((link) => familyOf(otherEnd(link, node).type) === family).length;

  const metFamilies = (node: Node, level: Level): string[] => [
    ...new Set(linksAt(node, level).map((link) => familyOf(otherEnd(link, node).type))),
  ];

  const shared = (node: Node, level: Level): boolean =>
    metFamilies(node, level).some((family) => {
      const isOfPersons = personFamilies.includes(family);
      // What is attached to a person identifier does not count.
      if (isPerson(node.type) && !isOfPersons) return false;
      const met = degree(node, level, family);
      if (isOfPersons && placeOfFamily(family) < placeOfFamily(familyOf(node.type)))
        return met > limits.sharedDegree;
      const isUpward = !isPerson(node.type) && placeOfFamily(family) <= placeOfFamily(familyOf(node.type));
      return met > (isUpward ? limits.attachedDegree : limits.crowdDegree);
    });

  const mixed = (node: Node, level: Level): boolean => {
    if (isPerson(node.type)) return false;
    const counted = level === 1 && vouched(node) ? 2 : level;
    return personFamilies.some((family) => degree(node, counted, family) >= 2);
  };

  return {
    degree,
    shared: remembered(shared),
    mixed: remembered(mixed),
    known: (node) => linksAt(node, 2).length > 0,
    vouched,
  };
}

const personFamilies = ['user_id', 'loyalty_id', 'email', 'phone', 'external'];

/** Only spares time: the answer for a node and level does not change within one evaluation. */
function remembered(ask: (node: Node, level: Level) => boolean): (node: Node, level: Level) => boolean {
  const answers = new Map<string, boolean>();
  return (node, level) => {
    const key = `${level} ${node.id}`;
    const answer = answers.get(key) ?? ask(node, level);
    answers.set(key, answer);
    return answer;
  };
}

export interface Standing {
  level: Level;
  first: Moment;
}

/** The strongest level with evidence at which neither end is shared. */
export function standingOf(link: Link, counts: Counts): Standing | null {
  for (const level of levelsStrongestFirst) {
    const first = link.firsts.get(level);
    if (first === undefined) continue;
    if (!counts.shared(link.strong, level) && !counts.shared(link.weak, level)) return { level, first };
  }
  return null;
}
